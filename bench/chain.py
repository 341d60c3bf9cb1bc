"""The whole chain, HTTP to delivered page, at a rate for minutes: who uses the cores, does lag stay flat?"""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from typing import Any

import uvloop

from bench import ground, load, profiling, report
from bench.driving import arrived, drive, open_all, pages
from bench.load import Desk
from bench.sampling import Sample, Sampler, shares, slope
from bench.sender import Sender
from bench.system import System, machine_of, system
from cli.provisioning import SERVICES

BAR = 3000
LIFE = 60
"""Seconds that a case lives on average: so many are live at a time."""
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Held:
    """A rate that was driven for some time, and what became of it."""

    rate: float
    samples: list[Sample]
    accepted: int
    refused: int
    seconds: float

    @property
    def behind(self) -> list[tuple[float, float]]:
        """(second, facts that wait anywhere: lag and outboxes)."""
        began = self.samples[0].at
        return [(one.at - began, sum(one.lag.values()) + sum(one.outbox.values())) for one in self.samples]

    @property
    def trend(self) -> float:
        """Facts a second by which it falls behind (or catches up)."""
        return slope(self.behind)

    @property
    def flat(self) -> bool:
        """The trend over all of the time comes to less than a second's worth of events, and nowhere do five
        seconds' worth wait."""
        growth = self.trend * self.seconds
        return growth < self.rate and max(behind for _, behind in self.behind) < 5 * self.rate

    @property
    def held(self) -> bool:
        return self.flat and self.refused == 0 and self.accepted >= 0.99 * self.rate * self.seconds


async def hold(sender: Sender, desk: Desk, sampler: Sampler, rate: float, seconds: float, batch: int) -> Held:
    """Drive a rate for so long and look on."""
    sender.tally.clear()
    first = len(sampler.samples)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sampler.run(stop))
        await drive(sender, desk, rate, seconds, batch)
        stop.set()
    tally = sender.tally
    return Held(rate, sampler.samples[first:], tally.accepted, tally.refused, seconds)


def live_at(rate: float) -> int:
    """Cases that live at a time at that rate of events."""
    return int(rate * LIFE / 9)


async def run(made: System, asked: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, Any], bool]:
    live = live_at(asked.rate)
    desk = Desk(asked.seed, live)
    sender, sampler = Sender(made.doors, made.key, CONNECTIONS), Sampler(made)
    await sender.open()
    print(f"opening {live:,} live cases …", flush=True)
    await open_all(sender, desk, live, asked.batch, asked.rate)
    await sampler.drained(300)
    if asked.find:
        asked.rate = await find(sender, desk, sampler, asked)
    await hold(sender, desk, sampler, asked.rate, asked.warm, asked.batch)
    print(f"driving {asked.rate:,.0f} events a second for {asked.minutes:g} min …", flush=True)
    taken = arrived(made.log)
    desk.opened.clear()
    if asked.profile:
        profiling.start(made, asked.minutes * 60 / 2)
    held = await hold(sender, desk, sampler, asked.rate, asked.minutes * 60, asked.batch)
    latencies = report.quantiles([1000 * one for one in sender.tally.latencies])
    if sender.tally.first_refusal:
        print("refused:", sender.tally.first_refusal)
    try:
        drained: float | None = await sampler.drained(300)
    except TimeoutError:
        drained = None
    await asyncio.sleep(0.5)
    sender.close()
    rows = [_row(name, used, held) for name, used in shares(held.samples[0], held.samples[-1]).items()]
    behind = [facts for _, facts in held.behind]
    verdict = {
        "rate driven": held.rate,
        "events accepted /s": held.accepted / held.seconds,
        "refused": held.refused,
        "answered p50 ms": latencies.get("p50"),
        "answered p99 ms": latencies.get("p99"),
        "waiting at most, facts": max(behind),
        "waiting at the end, facts": behind[-1],
        "trend facts/s": held.trend,
        "seconds to drain": drained,
        "messages delivered": arrived(made.log) - taken,
        **{
            f"page {name} ms": value for name, value in report.quantiles(pages(made.log, desk.opened)).items()
        },
    }
    told = [{"figure": name, "value": value} for name, value in verdict.items()]
    print(report.table(told), "\n")
    print(report.table(rows), "\n")
    good = held.held and drained is not None
    series = [
        {"s": round(at - held.samples[0].at, 2), "lag": lag, "outbox": outbox}
        for at, lag, outbox in ((one.at, one.lag, one.outbox) for one in held.samples)
    ]
    return [*told], {"processes": rows, "series": series}, good


async def find(sender: Sender, desk: Desk, sampler: Sampler, asked: argparse.Namespace) -> float:
    """The highest rate that is held for 20 s, in steps of a tenth from the asked one on, up or down."""
    rate, best = float(asked.rate), 0.0
    while True:
        held = await hold(sender, desk, sampler, rate, 20, asked.batch)
        print(
            f"  {rate:,.0f}/s: {'held' if held.held else 'not held'}, trend {held.trend:+,.0f} facts/s",
            flush=True,
        )
        await sampler.drained(600)
        if held.held:
            best, rate = rate, rate * 1.1
        elif best:
            return best
        else:
            rate /= 1.25
        if rate < 50:
            raise SystemExit("not even 50 events a second are held")


def _row(name: str, cores: float, held: Held) -> dict[str, Any]:
    seconds = held.samples[-1].at - held.samples[0].at
    first, last = held.samples[0], held.samples[-1]
    facts = last.handled.get(name, 0) - first.handled.get(name, 0)
    turns = last.turns.get(name, 0) - first.turns.get(name, 0)
    return {
        "process": name,
        "cores": cores,
        "µs an event": cores * 1e6 / held.rate,
        "facts handled /s": facts / seconds if name in last.handled else None,
        "facts a turn": facts / turns if turns else None,
        "lag at most": max((one.lag[name] for one in held.samples), default=0) if name in last.lag else None,
        "lag trend /s": slope([(one.at, one.lag[name]) for one in held.samples])
        if name in last.lag
        else None,
        "outbox at most": max(one.outbox[name] for one in held.samples) if name in last.outbox else None,
    }


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--rate", type=float, default=BAR, help="case events a second")
    asking.add_argument("--minutes", type=float, default=10)
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="kafka")
    asking.add_argument("--batch", type=int, default=100, help="events a request")
    asking.add_argument("--warm", type=float, default=10, help="seconds at the rate before it counts")
    asking.add_argument("--seed", type=int, default=1)
    asking.add_argument(
        "--find", action="store_true", help="first find the highest rate that is held for 20 s"
    )
    asking.add_argument(
        "--profile",
        action="store_true",
        help="py-spy on each service meanwhile: where the time goes, no figure",
    )
    asking.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    asked = asking.parse_args()
    with system(asked.wire, settings=profiling.SETTINGS if asked.profile else ground.SETTINGS) as made:
        made.start(*SERVICES)
        told = report.header(
            **machine_of(made),
            load=f"{load.shape()}; {live_at(asked.rate):,} live cases; {asked.batch} events a request",
        )
        rows, more, good = uvloop.run(run(made, asked))
        if asked.profile:
            print(profiling.tops(made))
            rows = profiling.parts(made)
            print(report.table(rows))
            if asked.save:
                report.save(f"profile_{asked.wire}", told, rows)
            return 0 if good else 1
    reached = next(float(row["value"]) for row in rows if row["figure"] == "events accepted /s")
    enough = good and reached >= 0.99 * BAR
    print(
        f"bar: {BAR:,} events a second held with flat lag; {reached:,.0f} {'held' if good else 'NOT held'}:"
        f" {'met' if enough else 'MISSED'} ({reached / BAR:.0%} of it)"
    )
    if asked.save:
        report.save(f"chain_{asked.wire}", told, rows, **more, bar=BAR, met=enough, held=good)
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
