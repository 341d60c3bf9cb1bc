"""One run: a system, a load, faults one after the other, and the verdict."""

import asyncio
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx2

from cli.audit.auditing import audit
from tests.chaos.cells import CELLS, Cell
from tests.chaos.gauges import Gauges
from tests.chaos.healing import Healing, NotHealed
from tests.chaos.load import Load
from tests.chaos.outside import People
from tests.chaos.report import Report, Round, told
from tests.chaos.stage import Stage, stage
from tests.chaos.truth import Truth, gather, settled
from tests.chaos.verdict import violations

CALM = (0.5, 3.0)
"""Seconds between one fault and the next."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is to be run. Without `seconds` each cell comes once."""

    home: Path
    wire: str
    seed: str
    cells: Sequence[str]
    seconds: float | None
    rate: float
    """Events a second."""
    mounts: bool
    """Whether this process may mount a file system to fill it."""

    def command(self) -> str:
        words = ["python", "-m", "tests.chaos", "--wire", self.wire, "--seed", self.seed]
        words += [f"--rate={self.rate:g}"]
        words += [f"--minutes={self.seconds / 60:g}"] if self.seconds is not None else ["--once"]
        words += [f"--cells={','.join(self.cells)}"] if set(self.cells) != set(CELLS) else []
        return shlex.join(words)


async def run(course: Course, say: Callable[[str], None]) -> Report:
    """Run it; the report has every violation."""
    report = Report(course.command())
    say(f"seed {course.seed}; to run it again: {report.command}")
    say("starting servers and services")
    limits = httpx2.Limits(max_connections=200)
    async with (
        stage(course.home, course.wire, mounts=course.mounts) as on,
        httpx2.AsyncClient(timeout=10, limits=limits) as http,
    ):
        await _storm(course, on, http, report, say)
    return report


async def _storm(
    course: Course, on: Stage, http: httpx2.AsyncClient, report: Report, say: Callable[[str], None]
) -> None:
    wire = on.system.wire()
    load = Load(lambda: _doors(on), on.key, http, course.seed)
    on.post = load.post
    gauges, healing = Gauges(on, http), Healing(on, load, http, wire)
    calm, over = asyncio.Event(), asyncio.Event()
    try:
        async with asyncio.TaskGroup() as around:
            people = People(on.outside, Random(f"{course.seed} people"), http, around)
            on.outside.think = people.think
            around.create_task(on.outside.watch(over))
            around.create_task(gauges.run(over))
            telling = around.create_task(load.run(course.rate, calm))
            try:
                say("warming up")
                await healing.seen()
                await _faults(course, on, healing, gauges, report, say)
                say("the load stops; the system settles")
                calm.set()
                await telling
                report.violations += await settled(on, wire)
            except NotHealed as missing:
                report.violations.append(str(missing))
                calm.set()
                telling.cancel()
            people.leave()
            over.set()
        truth = Truth(load.told, on.outside.arrivals, list(on.outside.acknowledged), on.poisoned)
        await gather(on, wire, truth)
        report.violations += violations(truth)
        say("the audit looks at it from inside")
        audited = await audit(on.system.admin_url, [on.plan.policies], kafka=on.system.kafka)
        report.violations += [f"audit: {one.invariant}: {one}" for one in audited.violations]
        report.audit = told(audited)
        report.counts = truth.counts() | {"acknowledgements": len(on.outside.acknowledged)}
    finally:
        await wire.close()


async def _faults(
    course: Course,
    on: Stage,
    healing: Healing,
    gauges: Gauges,
    report: Report,
    say: Callable[[str], None],
) -> None:
    rng = Random(f"{course.seed} faults")
    known = [CELLS[name] for name in course.cells]
    fitting = [one for one in known if one.fits(on)]
    report.skipped += [
        f"{one.name}: not on this wire, or no file system to fill" for one in known if one not in fitting
    ]
    loop = asyncio.get_running_loop()
    end = None if course.seconds is None else loop.time() + course.seconds
    for one in _order(fitting, rng, forever=end is not None):
        if end is not None and loop.time() > end:
            return
        await asyncio.sleep(rng.uniform(*CALM))
        gauges.take()
        on.ends.clear()
        try:
            words = await one.fault(on, Random(f"{course.seed} {len(report.rounds)} {one.name}"))
        except AssertionError as wrong:
            report.violations.append(f"{one.name}: {wrong}")
            words = str(wrong)
        healed = await healing.seen()
        await asyncio.sleep(1)  # the last of it is seen by the metrics
        report.rounds.append(Round(one.name, words, healed.signs, gauges.take(), tuple(on.ends)))
        say(report.rounds[-1].line())


def _order(cells: Sequence[Cell], rng: Random, *, forever: bool) -> Iterator[Cell]:
    """All of them in one order, and then, for as long as it goes on, in another."""
    while True:
        yield from rng.sample(cells, len(cells))
        if not forever:
            return


def _doors(on: Stage) -> list[str]:
    return [url for name, url in on.urls().items() if name.startswith("intake")]
