"""From posting a critical case to the acceptance of its page outside, with other cases going on meanwhile.

The policy pages at 0 % of a clock of critical cases: at the opening itself. Nothing is subtracted.
"""

import argparse
import asyncio
import sys
import time
from typing import Any

import uvloop

from bench import report
from bench.driving import drive, open_all, pages
from bench.load import Desk, shape
from bench.sampling import Sampler, shares
from bench.sender import Sender
from bench.system import System, machine_of, system
from bench.watching import watch
from cli.provisioning import SERVICES
from shared.contracts.topics import CASES, CLOCKS, ESCALATIONS

BAR = 250.0
"""Milliseconds, p99."""
LIFE = 60
BATCH = 10
HOPS = ("case.opened", "clock.started", "clock.warned", "page.requested")


async def post_criticals(sender: Sender, desk: Desk, count: int, apart: float) -> None:
    """One by one, so far apart in seconds."""
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number * apart - time.perf_counter()))
        _, event = desk.critical()
        sender.post([event], time.perf_counter())


async def hear(made: System, topic: str, desk: Desk, first: dict[tuple[str, str], int]) -> None:
    """Note when the first fact of each type about each critical case was on the wire."""
    async for one in watch(made, topic):
        if one.fact.case in desk.opened:
            first.setdefault((one.fact.case, one.fact.type), one.at)


def hops(wire: str, opened: dict[str, int], first: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Milliseconds from the posting until each step was on the wire, for somebody who reads it outside."""
    rows = []
    for kind in HOPS:
        took = [(first[case, kind] - at) / 1e6 for case, at in opened.items() if (case, kind) in first]
        spread = {f"{name} ms": value for name, value in report.quantiles(took).items()}
        rows.append({"wire": wire, "on the wire": kind, **spread})
    return rows


async def run(
    made: System, asked: argparse.Namespace
) -> tuple[dict[str, Any], dict[str, float], list[float], list[dict[str, Any]]]:
    live = asked.rate * LIFE // 9
    desk, critical = Desk(asked.seed, live), Desk(asked.seed, 0, "C")
    doors = made.doors
    background, sender, sampler = Sender(doors, made.key, 8), Sender(doors, made.key, 4), Sampler(made)
    await background.open()
    await sender.open()
    await open_all(background, desk, live, BATCH, asked.rate)
    await sampler.drained(120)
    await drive(background, desk, asked.rate, 5, BATCH)
    seconds = asked.pages * asked.apart
    first: dict[tuple[str, str], int] = {}
    loop = asyncio.get_running_loop()
    hearing = [loop.create_task(hear(made, topic, critical, first)) for topic in (CASES, CLOCKS, ESCALATIONS)]
    await asyncio.sleep(1)
    before = await sampler.look()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(drive(background, desk, asked.rate, seconds + 1, BATCH))
        tasks.create_task(post_criticals(sender, critical, asked.pages, asked.apart))
    after = await sampler.look()
    await sampler.drained(120)
    await asyncio.sleep(1)
    for task in hearing:
        task.cancel()
    await asyncio.wait(hearing)
    background.close()
    sender.close()
    took = pages(made.log, critical.opened)
    quantiles = report.quantiles(took)
    row = {
        "wire": made.plan.wire,
        "posted": asked.pages,
        "pages": len(took),
        **{f"{name} ms": value for name, value in quantiles.items()},
        "bar p99": BAR,
        "distance": f"{quantiles.get('p99', 0) / BAR:.2f} of it",
        "answered p99 ms": 1000 * report.quantiles(sender.tally.latencies)["p99"],
        "met": len(took) == asked.pages and quantiles["p99"] < BAR and background.tally.refused == 0,
    }
    return row, shares(before, after), took, hops(made.plan.wire, critical.opened, first)


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--rate", type=int, default=500, help="events a second in the background")
    asking.add_argument("--pages", type=int, default=400)
    asking.add_argument("--apart", type=float, default=0.21, help="seconds between critical cases")
    asking.add_argument("--wire", choices=["kafka", "postgres"], nargs="*", default=["kafka", "postgres"])
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    rows, cores, steps, series = [], [], [], {}
    told: dict[str, Any] = {}
    for wire in asked.wire:
        with system(wire) as made:
            made.start(*SERVICES)
            told = report.header(**machine_of(made), load=f"{asked.rate} events a second; {shape()}")
            row, used, series[wire], through = uvloop.run(run(made, asked))
            rows.append(row)
            steps += through
            cores.append({"wire": wire, **used})
    print(report.table(rows), "\n")
    print(report.table(steps), "\n")
    print("cores:\n" + report.table(cores))
    met = all(row["met"] for row in rows)
    print(f"\nbar: p99 below {BAR:g} ms: {'met' if met else 'MISSED'}")
    if asked.save:
        report.save("page", told, rows, cores=cores, hops=steps, milliseconds=series, met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
