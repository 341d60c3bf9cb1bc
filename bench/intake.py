"""Intake alone: durable 202s, one event a request and a hundred; the most there is, and p99 at half of it.

Half load is held three times as long. A second instance shares the cases, and so the waits for their locks.
"""

import argparse
import asyncio
import os
import sys
import time
from typing import Any

import uvloop

from bench import ground, load, profiling, report
from bench.driving import drive, open_all
from bench.load import Desk
from bench.sampling import Sampler, shares
from bench.sender import Sender
from bench.system import System, machine_of, system

BARS = {1: 3_000, 100: 20_000}
"""Events a second, by events a request."""
P99 = 30.0
"""Milliseconds at half load."""
CONNECTIONS = {1: 64, 100: 32}
HALF = 3
"""Times as long at half load: the disk has its moments every half minute, and p99 is to be of several."""
LIVE = 20_000


async def flood(sender: Sender, desk: Desk, batch: int, seconds: float) -> float:
    """Answer every answer with the next request for so long; returns events accepted a second."""
    ends = time.perf_counter() + seconds

    def on() -> None:
        now = time.perf_counter()
        if now < ends:
            sender.post(desk.events(batch), now)

    sender.on_answer = on
    sender.tally.clear()
    began = time.perf_counter()
    for _ in range(CONNECTIONS[batch]):
        on()
    await asyncio.sleep(seconds)
    await sender.settle()
    sender.on_answer = lambda: None
    return sender.tally.accepted / (time.perf_counter() - began)


async def measure(made: System, desk: Desk, batch: int, instances: int, seconds: float) -> dict[str, Any]:
    if instances > len(made.doors):
        made.launch(another := f"intake#{instances}")
        await asyncio.to_thread(made.await_ready, another)
    sender, sampler = Sender(made.doors, made.key, CONNECTIONS[batch]), Sampler(made)
    await sender.open()
    await flood(sender, desk, batch, 2)  # caches and connections are warm
    before = await sampler.look()
    most = await flood(sender, desk, batch, seconds)
    after = await sampler.look()
    accepted = sender.tally.accepted
    full = report.quantiles(sender.tally.latencies)
    refused = sender.tally.refused
    await sampler.drained(120)
    await asyncio.to_thread(os.sync)  # what full load has left to be written is not half load's to wait for
    sender.tally.clear()
    await drive(sender, desk, most / 2, HALF * seconds, batch)
    await sender.settle()
    half = report.quantiles(sender.tally.latencies)
    refused += sender.tally.refused
    await sampler.drained(120)
    sender.close()
    if refused:
        print("refused:", sender.tally.first_refusal)
    cores = {name: round(used, 2) for name, used in shares(before, after).items()}
    intake = sum(after.cpu[name] - before.cpu[name] for name in made.running)
    return {
        "instances": instances,
        "events a request": batch,
        "connections": CONNECTIONS[batch],
        "events /s": most,
        "bar": BARS[batch],
        "of it": f"{most / BARS[batch]:.0%}",
        "refused": refused,
        "p50 ms, full": 1000 * full["p50"],
        "p99 ms, full": 1000 * full["p99"],
        "p50 ms, half": 1000 * half["p50"],
        "p99 ms, half": 1000 * half["p99"],
        "max ms, half": 1000 * half["max"],
        "bar p99": P99,
        "met": most >= BARS[batch] and 1000 * half["p99"] < P99 and refused == 0,
        "µs CPU an event, intake": 1e6 * intake / accepted,
        "events /s a core of intake": accepted / intake,
        "µs CPU an event, PostgreSQL": 1e6 * (after.cpu["PostgreSQL"] - before.cpu["PostgreSQL"]) / accepted,
        "cores at full": cores,
    }


async def run(made: System, asked: argparse.Namespace) -> list[dict[str, Any]]:
    desk = Desk(asked.seed, LIVE)
    sender = Sender(made.doors, made.key, 8)
    await sender.open()
    await open_all(sender, desk, LIVE, 100, 5000)
    sender.close()
    if asked.profile:
        profiling.start(made, asked.seconds * 2)
    return [
        await measure(made, desk, batch, instances, asked.seconds)
        for instances in asked.instances
        for batch in asked.batch
    ]


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--seconds", type=float, default=20, help="for each measurement")
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="kafka")
    asking.add_argument("--batch", type=int, choices=list(BARS), nargs="*", default=list(BARS))
    asking.add_argument("--instances", type=int, choices=[1, 2], nargs="*", default=[1])
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument("--profile", action="store_true", help="py-spy on intake meanwhile")
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    with system(asked.wire, settings=profiling.SETTINGS if asked.profile else ground.SETTINGS) as made:
        made.start("intake")
        told = report.header(**machine_of(made), load=f"{load.shape()}; {LIVE:,} live cases")
        rows = uvloop.run(run(made, asked))
        if asked.profile:
            print(profiling.tops(made))
    print(
        report.table(
            [{name: value for name, value in row.items() if name != "cores at full"} for row in rows]
        )
    )
    print()
    print(
        report.table(
            [
                {name: row[name] for name in ("instances", "events a request")} | row["cores at full"]
                for row in rows
            ]
        )
    )
    met = all(any(row["met"] for row in rows if row["events a request"] == batch) for batch in asked.batch)
    print(f"\nbars {'met' if met else 'MISSED'}")
    if asked.save:
        report.save(f"intake_{asked.wire}", told, rows, met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
