"""What an event costs with ten thousand, a million and ten million cases in the store, in CPU and in time.

Intake and the clock service take a burst of events by HTTP as fast as they can: once for new cases, once for
old ones that are chosen uniformly, each for the first time, whose rows are cold. All of the cases in the
store are open.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

import uvloop

from bench import report, stock
from bench.load import Desk, event
from bench.sampling import Sampler, shares
from bench.sender import Sender
from bench.system import System, machine_of, system

BAR = 0.20
BATCH = 100
CONNECTIONS = 8
OURS = ("intake", "clock", "PostgreSQL")


def new_cases(desk: Desk) -> Iterator[list[bytes]]:
    """Events of cases that live and die, none of which was there before."""
    while True:
        yield desk.events(BATCH)


def old_cases(cases: int, count: int, seed: int) -> Iterator[list[bytes]]:
    """One event each for so many cases of the store, chosen uniformly: each for the first time."""
    chosen = Random(seed).sample(range(cases), count)
    for first in range(0, count, BATCH):
        now = time.time_ns() // 1000
        yield [
            event(
                stock.subject(number),
                f"of {cases}",
                "case.status_changed",
                {"status": "awaiting_vendor"},
                now,
            )
            for number in chosen[first : first + BATCH]
        ]


async def cost(made: System, pages: Iterator[list[bytes]], events: int) -> dict[str, float]:
    """Microseconds an event: CPU of each process, and wall time until the last is decided and said."""
    sender, sampler = Sender(made.doors, made.key, CONNECTIONS), Sampler(made)
    await sender.open()
    before = await sampler.look()
    for page in islice(pages, events // BATCH):
        sender.post(page, time.perf_counter())
        while sender.waiting:  # noqa: ASYNC110 - a bench may look now and then
            await asyncio.sleep(0.001)
    await sender.settle(300)
    await sampler.drained(600)
    after = sampler.samples[-2]  # the first of two looks at which nothing waited
    sender.close()
    if sender.tally.refused:
        raise RuntimeError(f"refused: {sender.tally.first_refusal}")
    used = shares(before, after)
    seconds = after.at - before.at
    each = {f"{name} µs": used[name] * seconds / events * 1e6 for name in OURS}
    return {**each, "µs CPU an event": sum(each.values())}


async def measure(made: System, cases: int, asked: argparse.Namespace) -> list[dict[str, Any]]:
    live = asked.events // 20
    fresh = new_cases(Desk(asked.seed, live, f"N{cases}x"))
    await cost(made, fresh, live)  # the live cases are open, caches are warm
    rows = []
    few = (
        min(asked.events, *asked.cases) // 2
    )  # so that no old case hears twice, in the smallest store either
    old = old_cases(cases, few, asked.seed + cases)
    for kind, pages, events in (("new cases", fresh, asked.events), ("old cases", old, few)):
        rows.append(
            {"cases": cases, "events go to": kind, "events": events, **await cost(made, pages, events)}
        )
        print(f"{cases:,} {kind}: {rows[-1]['µs CPU an event']:.0f} µs CPU an event", flush=True)
    return rows


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--cases", type=int, nargs="*", default=[10_000, 1_000_000, 10_000_000])
    asking.add_argument("--events", type=int, default=60_000, help="for each row")
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="kafka")
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    rows: list[dict[str, Any]] = []
    there = stock.PATTERNS
    with system(asked.wire) as made:
        made.start("intake", "clock")
        uvloop.run(stock.patterns(made))
        told = report.header(**machine_of(made))
        for cases in asked.cases:
            made.stop()
            began = time.perf_counter()
            uvloop.run(stock.multiply(made, cases, there))
            there = cases
            gigabytes = sum(uvloop.run(stock.sizes(made)).values()) / 1e9
            seconds = time.perf_counter() - began
            print(f"{cases:,} cases, {gigabytes:.1f} GB of tables, after {seconds:.0f} s", flush=True)
            made.start("intake", "clock")
            rows += uvloop.run(measure(made, cases, asked))
    base = {row["events go to"]: row["µs CPU an event"] for row in rows[:2]}
    for row in rows:
        row["against the smallest"] = row["µs CPU an event"] / base[row["events go to"]] - 1
        row["within"] = f"{row['against the smallest']:+.0%}"
    print(report.table([{k: v for k, v in row.items() if k != "against the smallest"} for row in rows]))
    met = all(abs(row["against the smallest"]) <= BAR for row in rows)
    print(f"\nbar: within {BAR:.0%} of the smallest store: {'met' if met else 'MISSED'}")
    if asked.save:
        report.save("store_size", told, rows, met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
