"""A product, a treatment, and what they say of it: the shipped audit, and the world outside."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from cli.audit.auditing import PATIENCE, audit
from cli.audit.report import Violation
from cli.events import Event
from shared.contracts.clock import ClockBreached
from shared.ops.clock import parse_clock
from shared.stream.wires import open_wire
from tests.chaos.load import Told
from tests.chaos.outside import Outside
from tests.chaos.truth import Truth, gather, settled
from tests.chaos.verdict import violations
from tests.mutants.mutant import ROOT
from tests.mutants.treatments import ANSWERED, Treatment

LIFE = 60.0
"""Seconds that a life may take."""
END = 4.0
"""Seconds that a life may take to end, once told to; some mutants never do."""
OUTSIDE = "outside"


_WRONG = re.compile(r"[ |]*[\w.]*(Error|Exception|Stalled|BrokenRelease|ForeignWire|NoProgress)\b.*")


class NoTreatment(Exception):
    """The treatment did not come to pass: it says nothing about the product."""


@dataclass
class Outcome:
    """What was found; by invariant of the audit, or `outside`."""

    found: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, by: str, *words: str) -> None:
        if words:
            self.found.setdefault(by, []).extend(words)


@dataclass
class Patient:
    """One product in a folder of its own, with a database and receivers of its own."""

    tree: Path
    folder: Path
    url: str
    clock: str
    treatment: Treatment
    outside: Outside
    amid: Outcome = field(default_factory=Outcome)
    """What the audit found beside the living system."""
    ends: list[str] = field(default_factory=list)
    """What lives ended of that were not to end."""

    async def rows(self, query: str, *parameters: Any) -> list[Any]:
        connection = await asyncpg.connect(self.url, timeout=10)
        try:
            return list(await connection.fetch(query, *parameters, timeout=30))
        finally:
            await connection.close()

    async def live(self) -> None:
        """All lives of the treatment, and the wait until all is done."""
        standing: list[asyncio.subprocess.Process] = []
        *former, last = range(len(self.treatment.lives))
        try:
            for number in former:
                process = await self._born(number)
                if await self._ends_or_stands(number, process):
                    standing.append(process)
            process = await self._born(last)
            await self._until_over(last, process)
            if self.treatment.overdue_after:
                for one in await self.audited(self.treatment.overdue_after):
                    self.amid.add(one.invariant, str(one))
                (self.folder / "audited").touch()
            for waiting in standing:
                waiting.send_signal(signal.SIGCONT)
            standing.append(process)
            await self._settle()
        finally:
            for process in standing:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
            for number, process in enumerate(standing):
                await self._buried(number, process)

    async def _born(self, number: int) -> asyncio.subprocess.Process:
        argv = ["-m", "tests.mutants.living", str(self.folder), self.treatment.name, str(number)]
        with (self.folder / f"life-{number}.log").open("w") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *argv,
                cwd=self.tree,
                env={**os.environ, "PYTHONPATH": f"{self.tree}:{ROOT}"},
                stdout=log,
                stderr=log,
            )

    async def _ends_or_stands(self, number: int, process: asyncio.subprocess.Process) -> bool:
        """Wait until the faults have done their work; True: it stands still."""
        async with asyncio.timeout(LIFE):
            while process.returncode is None:
                if _state(process.pid) == "T":
                    return True
                if self._marked(f"over-{number}"):
                    raise NoTreatment(f"life {number} came to its end: {self._log(number)}")
                await asyncio.sleep(0.02)
        if process.returncode != -signal.SIGKILL:
            raise NoTreatment(f"life {number} ended with {process.returncode}: {self._log(number)}")
        return False

    async def _until_over(self, number: int, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIFE):
                while process.returncode is None and not self._marked(f"over-{number}"):
                    if self._marked("heal"):
                        self.outside.heal()
                    await asyncio.sleep(0.02)
        if self._marked("heal"):
            self.outside.heal()
        if self._marked("void"):
            raise NoTreatment("this machine was too slow for it")
        if process.returncode is not None or not self._marked(f"over-{number}"):
            self.ends.append(f"the system came to a halt: {self._log(number)}")

    async def _settle(self) -> None:
        wire = open_wire("postgres", database_url=self.url, kafka="", service="test")
        try:
            if not self.ends:
                self.ends += await settled(self, wire, self.treatment.settles_within, 0.1)
        finally:
            await wire.close()

    async def _buried(self, number: int, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(END):
                ended = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            ended = 0
        if ended:
            self.ends.append(f"a process ended with {ended}: {self._log(number)}")

    def _marked(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _log(self, number: int) -> str:
        lines = (self.folder / f"life-{number}.log").read_text().strip().splitlines()
        telling = [line.strip(" |") for line in lines if _WRONG.match(line)] or lines[-1:]
        return telling[-1] if telling else "it wrote nothing"

    async def audited(self, patience: int = PATIENCE) -> list[Violation]:
        policies, clock = [self.folder / "policies"], parse_clock(self.clock)
        return (await audit(self.url, policies, clock=clock, patience=patience)).violations

    async def judged(self) -> Outcome:
        """The audit of the tree that this runs in, and what the world outside knows."""
        outcome = Outcome(self.amid.found)
        for one in await self.audited():
            outcome.add(one.invariant, str(one))
        outcome.add(OUTSIDE, *self.ends)
        lines = (self.folder / "told").read_text().splitlines()
        told = [Told(Event(id, "", "", "", 0, {}), [answer]) for id, _, answer in map(_parted, lines)]
        truth = Truth(told, self.outside.arrivals, [], self.treatment.poisoned)
        wire = open_wire("postgres", database_url=self.url, kafka="", service="test")
        try:
            await gather(self, wire, truth)
        finally:
            await wire.close()
        outcome.add(OUTSIDE, *violations(truth), *_answered_and_breached(truth))
        return outcome


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(" ")


def _answered_and_breached(truth: Truth) -> Iterator[str]:
    for (_, key), facts in truth.facts.items():
        for fact in facts:
            if isinstance(fact.data, ClockBreached) and key.partition("/")[2].startswith(ANSWERED):
                yield f"{key} was answered in time, on the wire, and {fact.data.clock} was breached"


def _state(pid: int) -> str:
    """As /proc has it: T is a process that was stopped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
