"""The audit: gather everything, case by case, then check each. Read only; the system may run meanwhile."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.audit.buckets import Buckets
from cli.audit.case import Case
from cli.audit.checks.invariants import OF_A_CASE, TURNS, WIRE
from cli.audit.deciders import SERVICES, Deciders
from cli.audit.dossier import Dossier, Horizon
from cli.audit.lanes import read_wire
from cli.audit.report import Report
from cli.audit.turns import read_turns
from services.intake.store import everything
from shared.contracts.instant import SECOND
from shared.contracts.topics import TOPICS
from shared.ops.clock import Clock, RealClock
from shared.ops.database import Engine as Database
from shared.ops.database import connect
from shared.stream.records import Held, Snapshot, snapshot
from shared.stream.wire import ForeignWire, Lane, Wire
from shared.stream.wires import open_wire

PATIENCE = 30 * SECOND
"""Physical microseconds that something due may wait, as a rule."""
BEHIND = 500
"""Facts on the wire that a partition may not have heard yet, and still is not behind."""
DOORS = ("intake", "notifier")

_KAFKA = re.compile(r"kafka \S+, topics (.*)\*")


async def audit(
    database_url: str,
    policies: Iterable[Path],
    *,
    kafka: str = "127.0.0.1:9092",
    clock: Clock | None = None,
    patience: int = PATIENCE,
) -> Report:
    """Check everything that must hold of a system, stopped or running; writes nothing but temporary files.

    `database_url` is the administrator's. The wire is the one that the database's positions are of; where it
    is a Kafka, `kafka` names its brokers. `policies` are the directories that decisions were made under;
    `clock` is the system's; `patience` is how long, in physical microseconds, something due may wait for
    being called before it counts as missed.

    Raises:
        PolicyProblems: a directory does not hold policies.
        ForeignWire: the brokers are another Kafka than the positions are of.
        WireUnavailable: the wire does not answer.
    """
    deciders = Deciders.of(policies)
    clock = clock or RealClock()
    began = clock.real_now()
    report = Report()
    engine = connect(database_url, application="tocsin audit", pool=1, read_only=True)
    try:
        with TemporaryDirectory(prefix="tocsin-audit-") as folder:
            wire = await _open_wire(engine, database_url, kafka)
            try:
                gathering = Gathering(engine, wire, clock, Path(folder), patience, report)
                horizon = await gathering.gather()
            finally:
                await wire.close()
            for dossiers in gathering.buckets.dossiers():
                await asyncio.to_thread(check, dossiers, horizon, deciders, report)
    finally:
        await engine.dispose()
    report.seconds = (clock.real_now() - began) / SECOND
    return report


def check(dossiers: list[Dossier], horizon: Horizon, deciders: Deciders, report: Report) -> None:
    """Every check on every one of these cases."""
    report.most_at_once = max(report.most_at_once, len(dossiers))
    report.cases += len(dossiers)
    for dossier in dossiers:
        case = Case(dossier, horizon, deciders)
        for invariant, of_a_case in OF_A_CASE.items():
            report.add(invariant, case.key, of_a_case(case))


class Gathering:
    """Brings what is on record about each case together: the stores at one instant, then the wire."""

    def __init__(
        self, engine: Database, wire: Wire, clock: Clock, folder: Path, patience: int, report: Report
    ) -> None:
        self._engine = engine
        self._wire = wire
        self._clock = clock
        self._folder = folder
        self._patience = patience
        self._report = report
        self.buckets: Buckets

    async def gather(self) -> Horizon:
        async with snapshot(self._engine) as seen:
            held = {service: await seen.partitions(service) for service in SERVICES}
            partitions = max(len(of_one) for of_one in held.values())
            ends = await self._wire.ends(
                [(topic, partition) for topic in TOPICS for partition in range(partitions)]
            )
            now = self._clock.now()
            self.buckets = Buckets(self._folder, sum(ends.values()))
            recorded: dict[tuple[str, str, int], int] = {}
            for service in SERVICES:
                await self._read_store(seen, service)
                verdict, since = await read_turns(
                    seen, self._folder, service, held[service], self._clock, self.buckets
                )
                self._report.add(TURNS, "", verdict)
                recorded |= since
        verdict, floors = await read_wire(self._wire, partitions, self._folder, self.buckets)
        self._report.add(WIRE, "", verdict)
        self._report.facts = verdict.checked
        patience = self._clock.span(self._patience)
        return Horizon(partitions, floors, recorded, _positions(held), _waiting(held, ends), now, patience)

    async def _read_store(self, seen: Snapshot, service: str) -> None:
        put = self.buckets.put
        async for state in seen.states(service):
            put(state.key, "state", (service, state))
        async for record in seen.outbox(service):
            put(
                record.key,
                "outbox",
                (record.topic, record.partition, record.key, record.headers, record.value),
            )
        async for letter in seen.letters(service):
            put(letter.record.key, "letter", (service, letter))
        if service in DOORS:
            async for key, last in seen.numbers(service):
                put(key, "number", (service, last))
        if service == "intake":
            async for entry in everything(seen):
                put(entry.key, "journal", entry)


def _positions(held: dict[str, list[Held]]) -> dict[tuple[str, str, int], int]:
    return {
        (service, topic, one.partition): position
        for service, partitions in held.items()
        for one in partitions
        for topic, position in one.positions.items()
    }


def _waiting(held: dict[str, list[Held]], ends: Mapping[Lane, int]) -> frozenset[tuple[str, int]]:
    """Partitions that somebody runs and that are not behind: there nothing due may be left uncalled."""
    return frozenset(
        (service, one.partition)
        for service, partitions in held.items()
        for one in partitions
        if one.held
        and all(
            ends.get((topic, one.partition), 0) - position <= BEHIND
            for topic, position in one.positions.items()
        )
    )


async def _open_wire(engine: Database, database_url: str, kafka: str) -> Wire:
    """The wire that the positions are of. Raises ForeignWire."""
    async with snapshot(engine) as seen:
        known = {await seen.wire(service) for service in SERVICES} - {""}
    if len(known) > 1:
        raise ForeignWire(f"the services' positions are of different wires: {', '.join(sorted(known))}")
    identity = next(iter(known), "postgres")
    found = _KAFKA.fullmatch(identity)
    if found is None:
        return open_wire("postgres", database_url=database_url, kafka="", service="audit", read_only=True)
    wire = open_wire("kafka", database_url="", kafka=kafka, service="audit", prefix=found[1])
    if (asked := await wire.identity()) != identity:
        await wire.close()
        raise ForeignWire(
            f"the positions are of the wire {identity}, and {kafka} is {asked}: name its brokers"
        )
    return wire
