"""A process that writes down what it hears, on either wire, over a fresh database."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.contracts.case import CaseStatusChanged
from shared.contracts.clock import ClockWarned
from shared.contracts.decision import Decision, Heard, Saying, Wake
from shared.contracts.envelope import Fact
from shared.contracts.topics import CASES, CLOCKS
from shared.ops.clock import RealClock
from shared.ops.database import connect, migrate
from shared.stream.codec import decode, encode
from shared.stream.engine import Engine
from shared.stream.ground import Ground
from shared.stream.process import Process
from shared.stream.reading import state_of
from shared.stream.tables import bundle, create_kit, record_turns
from shared.stream.wire import Record, Wire
from shared.stream.wire_kafka import KafkaWire
from shared.stream.wire_postgres import PostgresWire

PARTITIONS = 4
WIRE_TABLES = Path("shared/stream/wire_migrations")


@dataclass(frozen=True)
class Diary:
    """Everything heard about one case, in the order in which it was decided."""

    lines: tuple[str, ...] = ()


class Poison(Exception):
    pass


broken = {"poison"}
"""Statuses at which the diary's decide raises: a bug that a later release mends by emptying this."""


def write_down(diary: Diary | None, heard: Heard, now: int) -> Decision[Diary]:
    """`wake 50` asks to be called 50 ms after the fact's own time; every line is said again."""
    lines = (diary or Diary()).lines
    if isinstance(heard, Wake):
        return Decision(Diary((*lines, "woken")), says=(_echo("woken", now),))
    status = heard.data.status if isinstance(heard.data, CaseStatusChanged) else heard.type
    if status in broken:
        raise Poison(status)
    wake_at = heard.time + int(status.split()[1]) * 1000 if status.startswith("wake") else None
    return Decision(Diary((*lines, status)), says=(_echo(status, heard.time),), wake_at=wake_at)


def _echo(line: str, at: int) -> Saying:
    return Saying(ClockWarned(clock="diary", cycle=1, at=at, policy="none", warning=line, due=at), at)


DIARY = Process("clock", (CASES,), CLOCKS, Diary, write_down)


@dataclass
class Station:
    """One instance's ground, and what a test does with it."""

    wire: Wire
    database_url: str
    clock: RealClock
    leaving: AsyncExitStack

    def ground(self, owner: str = "one", *, partitions: int = PARTITIONS, lease_term: float = 1.0) -> Ground:
        engine = connect(self.database_url, application="test", schema="clock")
        self.leaving.push_async_callback(engine.dispose)
        return Ground(engine, self.wire, self.clock, partitions, owner, lease_term)

    async def tell(self, *facts: Fact) -> None:
        await self.wire.prepare([CASES, CLOCKS], PARTITIONS)
        await self.wire.publish([encode(fact, PARTITIONS) for fact in facts])

    async def diary(self, key: str) -> tuple[str, ...]:
        engine = connect(self.database_url, application="test", schema="clock", pool=1)
        try:
            found = await state_of(engine, DIARY, key)
        finally:
            await engine.dispose()
        return () if found is None else found.lines

    async def until(self, key: str, happened: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
        """The diary, once it is as wanted; the test's own time limit ends a wait for what never comes."""
        async with asyncio.timeout(30):
            while not happened(lines := await self.diary(key)):  # noqa: ASYNC110 - a database has no event
                await asyncio.sleep(0.02)
            return lines

    async def everything_said(self) -> list[Fact]:
        """All facts on the process's topic, as they stand on the wire, repetitions included."""
        reader = self.wire.reader("test-reader")
        lanes = [(CLOCKS, partition) for partition in range(PARTITIONS)]
        ends = await self.wire.ends(lanes)
        reader.assign(dict.fromkeys(lanes, 0))
        read: list[Record] = []
        async with asyncio.timeout(20):
            while len(read) < sum(ends.values()):
                read += await reader.read(frozenset())
        await reader.close()
        return [decode(record) for record in read]


def status(key: str, sequence: int, text: str, time: int = 1_700_000_000_000_000) -> Fact:
    return Fact(
        key=key,
        time=time,
        data=CaseStatusChanged(status=text),
        source="test",
        id=f"{key}-{sequence}",
        topic=CASES,
        sequence=sequence,
    )


@asynccontextmanager
async def running(engine: Engine[Diary]) -> AsyncIterator[asyncio.Event]:
    """The engine runs for the length of the block, and is then told to stop."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.run(stop))
        try:
            yield stop
        finally:
            stop.set()


@pytest.fixture(params=["postgres", "kafka"])
async def station(request: pytest.FixtureRequest, service_urls: dict[str, str]) -> AsyncIterator[Station]:
    async with AsyncExitStack() as leaving:
        await migrate(service_urls["admin"], "wire", WIRE_TABLES)
        if request.param == "kafka":
            servers = request.getfixturevalue("kafka_bootstrap")
            wire: Wire = KafkaWire(servers, prefix=f"test-{secrets.token_hex(4)}.")
        else:
            wire = PostgresWire(connect(service_urls["clock"], application="wire", schema="wire", pool=8))
        leaving.push_async_callback(wire.close)
        await make_kit(service_urls["clock"], "clock")
        yield Station(wire, service_urls["clock"], RealClock(), leaving)
        broken.clear()
        broken.add("poison")


async def make_kit(url: str, schema: str, *, door: bool = False) -> None:
    engine = connect(url, application="test", schema=schema, pool=1)
    statements: list[str] = []
    create_kit(statements.append, door=door)
    record_turns(statements.append)
    bundle(statements.append)
    async with engine.begin() as conn:
        for statement in statements:
            await conn.exec_driver_sql(statement)
    await engine.dispose()
