"""An outage: a hundred thousand instants pass while the clock service is away; then it is back.

Cases are opened by HTTP so that their first warning falls due in a window of time; the clock service is
killed before it and comes back after it. Drained in due order, at what rate, and how long does a critical
case that is posted meanwhile wait for its own warning? (From its posting, or from the first word of the
service that is back, to its own warning, which is due at its opening and carries its page.)
"""

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from itertools import pairwise
from typing import Any

import uvloop

from bench import report
from bench.load import opening
from bench.sampling import Sampler
from bench.sender import Sender
from bench.system import System, machine_of, system
from bench.watching import Heard, watch
from shared.contracts.clock import ClockStarted, ClockWarned
from shared.contracts.instant import SECOND

BAR = 10_000
NEW_BAR = 1000.0
"""Milliseconds that a new critical case may be held up."""
WARNED = ("first_response", "75 %")
AFTER = 90 * SECOND
"""From the opening of a case of moderate severity to that warning."""


async def open_cases(made: System, count: int, begins: int, window: int) -> dict[str, int]:
    """Open cases whose warnings fall due evenly in the window; returns subject to due instant."""
    sender = Sender(made.doors, made.key, 8)
    await sender.open()
    due = {f"O{number:08}": begins + number * window // count for number in range(count)}
    page: list[bytes] = []
    for subject, at in due.items():
        page.append(opening(subject, "moderate", at - AFTER))
        if len(page) == 500:
            sender.post(page, time.perf_counter())
            page = []
            while sender.waiting > 4:  # noqa: ASYNC110 - a bench may look now and then
                await asyncio.sleep(0.002)
    if page:
        sender.post(page, time.perf_counter())
    await sender.settle(120)
    sender.close()
    return due


async def prepare(made: System, clocks: list[str], asked: argparse.Namespace) -> dict[str, int]:
    """All are open and known to the clock service before the first falls due; then it is killed."""
    window = asked.window * SECOND
    begins = time.time_ns() // 1000 + asked.lead * SECOND
    due = await open_cases(made, asked.cases, begins, window)
    await Sampler(made).drained(600)
    left = (begins - time.time_ns() // 1000) / SECOND
    if left < 0:
        raise SystemExit(f"opening took {-left:.0f} s longer than --lead {asked.lead}: give it more")
    for name in clocks:
        made.running.pop(name).kill()
    print(f"{asked.cases:,} cases are open, {left:.0f} s before the first is due; clock killed", flush=True)
    await asyncio.sleep(left + asked.window)
    return due


async def post_new(made: System, stop: asyncio.Event) -> dict[str, int]:
    """A critical case ten times a second; returns when each was posted, in real nanoseconds."""
    sender = Sender(made.doors, made.key, 4)
    await sender.open()
    posted: dict[str, int] = {}
    while not stop.is_set():
        subject = f"N{len(posted):06}"
        posted[subject] = now = time.time_ns()
        sender.post([opening(subject, "critical", now // 1000)], time.perf_counter())
        await asyncio.sleep(0.1)
    await sender.settle()
    sender.close()
    return posted


async def drain(made: System, count: int, within: float) -> tuple[list[Heard], dict[str, int]]:
    """Everything that is said on the wire until all that was due is said, and what was posted meanwhile."""
    stop, heard = asyncio.Event(), []
    async with asyncio.TaskGroup() as tasks:
        posting = tasks.create_task(post_new(made, stop))
        done = until = 0
        async with asyncio.timeout(within):
            async for one in watch(made):
                heard.append(one)
                done += is_due(one)
                if done == count and not stop.is_set():
                    stop.set()
                    until = time.time_ns() + 3_000_000_000
                if stop.is_set() and time.time_ns() > until:
                    break
    return heard, posting.result()


def is_due(one: Heard) -> bool:
    """Whether it is one of the warnings that fell due in the outage."""
    said = one.fact.data
    return isinstance(said, ClockWarned) and (said.clock, said.warning) == WARNED and one.fact.case[0] == "O"


def judge(heard: list[Heard], due: dict[str, int], posted: dict[str, int]) -> dict[str, Any]:
    overdue = [one for one in heard if is_due(one)]
    said: dict[str, list[Heard]] = defaultdict(list)
    for one in overdue:
        said[one.fact.case].append(one)
    lanes: dict[int, list[int]] = defaultdict(list)
    for one in overdue:
        lanes[one.partition].append(one.fact.time)
    first, last = overdue[0].at, overdue[-1].at
    started, new = (
        {
            one.fact.case: (one.at - max(first, posted[one.fact.case])) / 1e6
            for one in reversed(heard)
            if one.fact.case in posted and isinstance(one.fact.data, kind)
        }
        for kind in (ClockStarted, ClockWarned)
    )
    meanwhile = [case for case in new if posted[case] <= last]
    waits = report.quantiles([new[case] for case in meanwhile])
    starts = report.quantiles([started[case] for case in meanwhile])
    rate = (len(overdue) - 1) / max(1e-9, (last - first) / 1e9)
    out_of_order = sum(a > b for lane in lanes.values() for a, b in pairwise(lane))
    exact = sum(len(said[case]) == 1 and said[case][0].fact.time == at for case, at in due.items())
    early = sum(one.at // 1000 < one.fact.time for one in overdue)
    return {
        "overdue": len(due),
        "said once, at their instant": exact,
        "early": early,
        "s to drain": (last - first) / 1e9,
        "facts /s": rate,
        "bar": BAR,
        "of it": f"{rate / BAR:.0%}",
        "out of due order": out_of_order,
        "new criticals meanwhile": len(meanwhile),
        "unheard": len(posted) - len(new),
        "their clocks started within ms": starts.get("max"),
        "p50 ms": waits.get("p50"),
        "max ms": waits.get("max"),
        "bar ms": NEW_BAR,
        "met": rate >= BAR
        and out_of_order == 0
        and exact == len(due)
        and early == 0
        and len(posted) == len(new)
        and waits.get("max", 0) < NEW_BAR,
    }


async def run(made: System, due: dict[str, int], within: float) -> dict[str, Any]:
    heard, posted = await drain(made, len(due), within)
    return judge(heard, due, posted)


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--cases", type=int, default=100_000)
    asking.add_argument("--lead", type=int, default=90, help="seconds for opening them")
    asking.add_argument("--window", type=int, default=20, help="seconds in which they fall due")
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="kafka")
    asking.add_argument("--processes", type=int, choices=[1, 2], default=2, help="of the clock service")
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    with system(asked.wire) as made:
        clocks = ["clock", "clock#2"][: asked.processes]
        made.start("intake", *clocks)
        told = report.header(**machine_of(made))
        due = uvloop.run(prepare(made, clocks, asked))
        for name in clocks:
            made.launch(name)
        row = uvloop.run(run(made, due, 600))
    print(report.table([{"figure": name, "value": value} for name, value in row.items()]))
    print(f"\nbars: {'met' if row['met'] else 'MISSED'}")
    if asked.save:
        report.save(f"overdue_{asked.wire}", told, [row], met=row["met"])
    return 0 if row["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
