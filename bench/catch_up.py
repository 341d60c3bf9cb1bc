"""The clock service catching up a backlog of a million facts on the wire, one process and two."""

import argparse
import asyncio
import sys
import time
from itertools import islice
from typing import Any

import uvloop

from bench import ground, load, profiling, report
from bench.load import Desk
from bench.sampling import Sampler, cpu_of, metrics, total
from bench.system import PARTITIONS, System, machine_of, system
from shared.contracts.topics import CASES, DELIVERIES
from shared.stream.codec import encode

BAR = 10_000
LIVE = 20_000
PAGE = 1_000
"""Facts that are published at a time: as many as intake's largest transaction has."""
ABOUT = f'topic="{CASES}"'


async def write_backlog(made: System, count: int, seed: int) -> float:
    """Put facts on the wire as intake would; returns how many a second."""
    wire = made.wire()
    await wire.prepare([CASES, DELIVERIES], PARTITIONS)
    facts = Desk(seed, min(LIVE, count // 20)).facts(count, time.time_ns() // 1000)
    began = time.perf_counter()
    while page := [encode(fact, PARTITIONS) for fact in islice(facts, PAGE)]:
        await wire.publish(page)
    await wire.close()
    return count / (time.perf_counter() - began)


async def catch_up(made: System, names: list[str], count: int) -> dict[str, Any]:
    """Wait until the services of these names have handled it all and the wire has all that they said."""
    sampler = Sampler(made)
    started, used = time.perf_counter(), cpu_of(made)
    first = (0.0, 0.0)
    while True:
        made.alive()
        shown = [await metrics(made.running[name].port) for name in names]
        handled = sum(total(one, "tocsin_facts_handled_total", ABOUT) for one in shown)
        now = time.perf_counter()
        if handled and not first[0]:
            first = now, handled
        if handled >= count:
            break
        await asyncio.sleep(0.25)
    after = cpu_of(made)
    last = time.perf_counter()
    await sampler.drained(300)
    rate = (count - first[1]) / (now - first[0]) if now > first[0] else 0.0
    cores = {name: round((after[name] - used.get(name, 0)) / (last - started), 2) for name in after}
    return {
        "processes": len(names),
        "wire": made.plan.wire,
        "facts": count,
        "facts /s": rate,
        "bar": BAR,
        "of it": f"{rate / BAR:.0%}",
        "s, with the start": last - started,
        "s until all said is published": time.perf_counter() - last,
        "µs CPU a fact, clock": 1e6 * sum(after[name] - used.get(name, 0) for name in names) / count,
        "facts /s a core of the clock": count / sum(after[name] - used.get(name, 0) for name in names),
        "µs CPU a fact, PostgreSQL": 1e6 * (after["PostgreSQL"] - used["PostgreSQL"]) / count,
        "cores": cores,
    }


def measure(wire: Any, processes: int, asked: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    with system(wire, settings=profiling.SETTINGS if asked.profile else ground.SETTINGS) as made:
        told = report.header(
            **machine_of(made),
            load=f"{load.shape()}; about {asked.facts // 9:,} cases, {LIVE:,} live at a time",
        )
        written = uvloop.run(write_backlog(made, asked.facts, asked.seed))
        print(
            f"{asked.facts:,} facts written, {written:,.0f} a second; {processes} clock processes start",
            flush=True,
        )
        names = ["clock", "clock#2"][:processes]
        for name in names:
            made.launch(name)
        made.await_ready(*names)
        if asked.profile:
            profiling.start(made, 30)
        row = uvloop.run(catch_up(made, names, asked.facts))
        if asked.profile:
            print(profiling.tops(made))
    print(
        report.table([{name: value for name, value in row.items() if name != "cores"}]),
        "\n",
        row["cores"],
        "\n",
    )
    return row, told


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--facts", type=int, default=1_000_000)
    asking.add_argument("--wire", choices=["kafka", "postgres"], nargs="*", default=["kafka", "postgres"])
    asking.add_argument("--processes", type=int, choices=[1, 2], nargs="*", default=[1, 2])
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument("--profile", action="store_true", help="py-spy on each process for 30 s")
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    measured = [measure(wire, processes, asked) for wire in asked.wire for processes in asked.processes]
    rows = [row for row, _ in measured]
    print(report.table([{name: value for name, value in row.items() if name != "cores"} for row in rows]))
    met = all(row["facts /s"] >= BAR for row in rows)
    print(f"\nbar: {BAR:,} facts a second: {'met' if met else 'MISSED'}")
    if asked.save:
        report.save("catch_up", measured[0][1], rows, met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
