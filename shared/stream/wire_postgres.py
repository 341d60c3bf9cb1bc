"""The Postgres wire: a log table in the same database. Durable, no broker; for trials and small sites.

Offsets are dealt out under a row lock held until the commit, so a lane's visible rows have no holes.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.stream.store import headers_from_json, headers_to_json
from shared.stream.transient import TryAgain, transient
from shared.stream.wire import Lane, PartitionMismatch, Record, WireUnavailable

PAGE = 2000
NAP = 0.5
"""Seconds after which a reader looks even if no notification came."""

_CHANNEL = "tocsin_wire"
_HEADS = text("SELECT count(*) FROM wire.head WHERE topic = :topic")
_CREATE = text(
    "INSERT INTO wire.head (topic, partition, next) SELECT :topic, n, 0 FROM generate_series(0, :last) AS n"
    " ON CONFLICT DO NOTHING"
)
_DEAL = text(
    "UPDATE wire.head SET next = next + :count WHERE topic = :topic AND partition = :partition"
    " RETURNING next - :count"
)
_APPEND = text(
    'INSERT INTO wire.log (topic, partition, "offset", key, headers, value)'
    " SELECT topic, partition, place, key, CAST(headers AS json), value"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]),"
    " CAST(:keys AS text[]), CAST(:headers AS text[]), CAST(:values AS bytea[]))"
    " AS new (topic, partition, place, key, headers, value)"
)
_NOTIFY = text("SELECT pg_notify(:channel, '')")
_ENDS = text(
    "SELECT topic, partition, next FROM wire.head WHERE (topic, partition) IN"
    " (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))"
)
_READ = text(
    'SELECT log.topic, log.partition, log."offset", log.key, log.headers, log.value'
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]))"
    " AS lane (topic, partition, position)"
    " CROSS JOIN LATERAL (SELECT * FROM wire.log"
    " WHERE log.topic = lane.topic AND log.partition = lane.partition"
    ' AND log."offset" >= lane.position ORDER BY log."offset" LIMIT :page) AS log'
)


class PostgresWire:
    """`engine` reaches the database with the schema `wire`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

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
        lanes: dict[Lane, list[Record]] = defaultdict(list)
        for record in records:
            lanes[record.topic, record.partition].append(record)
        with _unavailable():
            async with self._engine.begin() as conn:
                rows: list[tuple[int, Record]] = []
                for lane in sorted(lanes):  # one order, so that publishers never deadlock
                    first = await self._deal(conn, lane, len(lanes[lane]))
                    rows += enumerate(lanes[lane], first)
                await conn.execute(
                    _APPEND,
                    {
                        "topics": [record.topic for _, record in rows],
                        "partitions": [record.partition for _, record in rows],
                        "offsets": [offset for offset, _ in rows],
                        "keys": [record.key for _, record in rows],
                        "headers": [headers_to_json(record.headers) for _, record in rows],
                        "values": [record.value for _, record in rows],
                    },
                )
                await conn.execute(_NOTIFY, {"channel": _CHANNEL})

    async def _deal(self, conn: AsyncConnection, lane: Lane, count: int) -> int:
        topic, partition = lane
        dealt = await conn.execute(_DEAL, {"topic": topic, "partition": partition, "count": count})
        return int(dealt.scalar_one())

    async def ends(self, lanes: Iterable[Lane]) -> Mapping[Lane, int]:
        asked = list(lanes)
        topics, partitions = [topic for topic, _ in asked], [partition for _, partition in asked]
        with _unavailable():
            async with self._engine.connect() as conn:
                found = await conn.execute(_ENDS, {"topics": topics, "partitions": partitions})
                return {(topic, partition): end for topic, partition, end in found}

    def reader(self, group: str) -> "PostgresReader":  # noqa: ARG002 - for other tools only
        return PostgresReader(self._engine)

    async def close(self) -> None:
        await self._engine.dispose()


class PostgresReader:
    """Reads lanes by polling, woken by a notification with every append."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
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
        async with self._engine.connect() as conn:
            found = (await conn.execute(_READ, parameters)).all()
        return [
            Record(topic, partition, key, headers_from_json(headers), bytes(value), offset)
            for topic, partition, offset, key, headers, value in found
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
