"""The Postgres wire: a log table in the same database. Durable, no broker; for trials and small sites.

What is published at once is one row for each lane (bundle.py).
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.stream.bundle import pack, unpack
from shared.stream.connections import Connections
from shared.stream.statement import Statement
from shared.stream.transient import TryAgain, transient
from shared.stream.wire import Lane, PartitionMismatch, Record, WireUnavailable, by_lane

PAGE = 20
"""Bundles of each lane that are read at a time."""
NAP = 0.5
"""Seconds after which a reader looks even if no notification came."""

STATEMENTS = 3
"""Statements at once: one that publishes, one that reads, one that asks for the ends."""

_CHANNEL = "tocsin_wire"
_HEADS = text("SELECT count(*) FROM wire.head WHERE topic = :topic")
_CREATE = text(
    "INSERT INTO wire.head (topic, partition, next) SELECT :topic, n, 0 FROM generate_series(0, :last) AS n"
    " ON CONFLICT DO NOTHING"
)
# Lanes are locked in one order, so that publishers never deadlock; offsets have no holes, since the lock on
# their lane is held until the commit. `last` is the offset of a bundle's last record.
_APPEND = Statement(
    "WITH given AS (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]),"
    " CAST(:facts AS int[]), CAST(:records AS bytea[])) AS given (topic, partition, facts, records)"
    "), locked AS (SELECT head.topic, head.partition, next, facts, records FROM wire.head JOIN given"
    " USING (topic, partition) ORDER BY topic, partition FOR UPDATE OF head"
    "), dealt AS (UPDATE wire.head SET next = locked.next + locked.facts FROM locked"
    " WHERE head.topic = locked.topic AND head.partition = locked.partition"
    "), appended AS (INSERT INTO wire.log (topic, partition, last, facts, records)"
    " SELECT topic, partition, next + facts - 1, facts, records FROM locked RETURNING 1)"
    " SELECT pg_notify(:channel, ''), (SELECT count(*) FROM appended)"
)
_ENDS = Statement(
    "SELECT topic, partition, next FROM wire.head WHERE (topic, partition) IN"
    " (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))"
)
_READ = Statement(
    "SELECT log.topic, log.partition, log.last, log.facts, log.records"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]))"
    " AS lane (topic, partition, position)"
    " CROSS JOIN LATERAL (SELECT * FROM wire.log"
    " WHERE log.topic = lane.topic AND log.partition = lane.partition"
    " AND log.last >= lane.position ORDER BY log.last LIMIT :page) AS log"
)


class PostgresWire:
    """`engine` reaches the database with the schema `wire`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connections = Connections(engine, STATEMENTS)

    async def identity(self) -> str:
        return "postgres"

    async def prepare(self, topics: Iterable[str], partitions: int) -> None:
        async with self._engine.begin() as conn:
            for topic in sorted(set(topics)):
                known = (await conn.execute(_HEADS, {"topic": topic})).scalar_one()
                if known not in (0, partitions):
                    raise PartitionMismatch(
                        f"the topic {topic} has {known} partitions on the wire,"
                        f" TOCSIN_PARTITIONS says {partitions}: set it to {known}"
                    )
                await conn.execute(_CREATE, {"topic": topic, "last": partitions - 1})

    async def publish(self, records: Sequence[Record]) -> None:
        lanes = by_lane(records)
        parameters = {
            "channel": _CHANNEL,
            "topics": [topic for topic, _ in lanes],
            "partitions": [partition for _, partition in lanes],
            "facts": [len(lane) for lane in lanes.values()],
            "records": [pack(lane) for lane in lanes.values()],
        }
        with _unavailable():
            async with self._connections.one() as conn:
                [(_, appended)] = await _APPEND.rows(conn, parameters)
        if appended != len(lanes):
            raise LookupError(f"{len(lanes) - appended} of {len(lanes)} lanes were never prepared")

    async def ends(self, lanes: Iterable[Lane]) -> Mapping[Lane, int]:
        asked = list(lanes)
        topics, partitions = [topic for topic, _ in asked], [partition for _, partition in asked]
        with _unavailable():
            async with self._connections.one() as conn:
                found = await _ENDS.rows(conn, {"topics": topics, "partitions": partitions})
                return {(topic, partition): end for topic, partition, end in found}

    def reader(self, group: str) -> "PostgresReader":  # noqa: ARG002 - for other tools only
        return PostgresReader(self._engine, self._connections)

    async def close(self) -> None:
        await self._connections.close()
        await self._engine.dispose()


class PostgresReader:
    """Reads lanes by polling, woken by a notification with every append: it listens on one of its own."""

    def __init__(self, engine: AsyncEngine, connections: Connections) -> None:
        self._engine = engine
        self._connections = connections
        self._positions: dict[Lane, int] = {}
        self._listening: AsyncConnection | None = None
        self._appended = asyncio.Event()

    def assign(self, positions: Mapping[Lane, int]) -> None:
        self._positions = dict(positions)

    async def read(self, full: frozenset[Lane]) -> Sequence[Record]:
        with _unavailable():
            await self._listen()
            self._appended.clear()
            found = await self._fetch(full)
            if not found:
                try:
                    await asyncio.wait_for(self._appended.wait(), NAP)
                except TimeoutError:
                    return []
                found = await self._fetch(full)
        for record in found:
            self._positions[record.topic, record.partition] = record.offset + 1
        return found

    async def _fetch(self, full: frozenset[Lane]) -> list[Record]:
        wanted = {lane: position for lane, position in self._positions.items() if lane not in full}
        if not wanted:
            return []
        parameters = {
            "topics": [topic for topic, _ in wanted],
            "partitions": [partition for _, partition in wanted],
            "offsets": list(wanted.values()),
            "page": PAGE,
        }
        async with self._connections.one() as conn:
            found = await _READ.rows(conn, parameters)
        return [
            record
            for topic, partition, last, facts, records in found
            for record in unpack(records, topic, partition, last - facts + 1)
            if record.offset >= wanted[topic, partition]
        ]

    async def _listen(self) -> None:
        if self._listening is not None and not self._listening.closed and not self._listening.invalidated:
            return
        connection = await self._engine.connect()
        try:
            raw = (await connection.get_raw_connection()).driver_connection
            if raw is None:
                raise WireUnavailable("the connection was lost while it was opened")
            await raw.add_listener(_CHANNEL, self._wake)
        except BaseException:  # told to stop in the middle, too: it is not ours to keep
            await connection.close()
            raise
        raw.add_termination_listener(lambda _: self._drop())
        self._listening = connection

    def _wake(self, *_: Any) -> None:
        self._appended.set()

    def _drop(self) -> None:
        self._listening = None
        self._appended.set()

    async def report(self, positions: Mapping[Lane, int]) -> None:
        """Nobody else looks: the positions are in the process's own tables."""

    async def close(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            raw = (await listening.get_raw_connection()).driver_connection
            if raw is not None and not raw.is_closed():
                await raw.remove_listener(_CHANNEL, self._wake)
            await listening.close()


@contextmanager
def _unavailable() -> Iterator[None]:
    """Failures of the database that pass come out as WireUnavailable."""
    try:
        with transient():
            yield
    except TryAgain as away:
        raise WireUnavailable(str(away)) from away
