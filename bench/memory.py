"""Memory of each service with a million cases whose clocks are open in its store, after a minute of load."""

import argparse
import asyncio
import sys
from typing import Any

import uvloop

from bench import report, stock
from bench.driving import drive, open_all
from bench.load import Desk, shape
from bench.sampling import resident
from bench.sender import Sender
from bench.system import System, machine_of, system
from cli.provisioning import SERVICES

BAR = 300
"""MB"""


async def fill(made: System, cases: int) -> float:
    """Returns the stores' size in GB."""
    await stock.multiply(made, cases)
    return sum((await stock.sizes(made)).values()) / 1e9


async def load(made: System, asked: argparse.Namespace) -> None:
    desk, sender = Desk(asked.seed, asked.rate * 6), Sender(made.doors, made.key, 8)
    await sender.open()
    await open_all(sender, desk, asked.rate * 6, 10, asked.rate)
    await drive(sender, desk, asked.rate, asked.seconds, 10)
    await sender.settle(120)
    sender.close()


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--cases", type=int, default=1_000_000)
    asking.add_argument("--rate", type=int, default=300, help="events a second meanwhile")
    asking.add_argument("--seconds", type=float, default=60)
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="kafka")
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    with system(asked.wire) as made:
        made.start(*SERVICES)
        uvloop.run(stock.patterns(made))
        made.stop()
        filled = uvloop.run(fill(made, asked.cases))
        made.start(*SERVICES)
        told = report.header(
            **machine_of(made),
            cases=f"{asked.cases:,}, {stock.CLOCKS_OPEN} clocks open each; {filled:.1f} GB of tables",
            load=f"{asked.rate} events a second for {asked.seconds:g} s; {shape()}",
        )
        fresh = {name: resident(made.running[name].pid) for name in SERVICES}
        asyncio.run(load(made, asked))
        made.alive()
        rows: list[dict[str, Any]] = [
            {
                "service": name,
                "MB when it is ready": fresh[name] / 1e6,
                "MB after the load": resident(made.running[name].pid) / 1e6,
                "bar": BAR,
            }
            for name in SERVICES
        ]
    print(report.table(rows))
    met = all(row["MB after the load"] < BAR for row in rows)
    print(f"\nbar: {BAR} MB each: {'met' if met else 'MISSED'}")
    if asked.save:
        report.save("memory", told, rows, met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
