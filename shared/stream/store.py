"""The kit's SQL. Every statement takes what it needs as arrays: one round trip a batch, whatever its size."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.instant import Instant
from shared.stream.bundle import pack, unpack
from shared.stream.codec import encode
from shared.stream.fold import Folded, Row, Stored
from shared.stream.process import Process
from shared.stream.statement import Statement
from shared.stream.states import States, read_thread, write_thread
from shared.stream.turn import Turn, to_columns
from shared.stream.wire import Headers, Record, by_lane

S = TypeVar("S")

_LOAD = Statement(
    "SELECT key, version, wake_at, thread, body FROM state WHERE key = ANY(CAST(:keys AS text[]))"
)
# One statement, one transaction: where the fence does not hold, no part of it writes anything.
_COMMIT = Statement(
    "WITH fence AS ("
    "UPDATE partition SET positions = positions || CAST(:positions AS jsonb), turns = turns + 1"
    " WHERE partition = :partition AND owner = :owner AND epoch = :epoch RETURNING partition, turns"
    "), recorded AS ("
    "INSERT INTO turn (partition, number, epoch, now, at, under, heard, outcomes, woken, granted, failed)"
    " SELECT fence.partition, turns, :epoch, :now, :at, :under, CAST(:heard AS json),"
    " CAST(:outcomes AS json), CAST(:woken AS json), CAST(:granted AS json), CAST(:failed AS json) FROM fence"
    "), added AS ("
    "INSERT INTO state (key, partition, version, wake_at, thread, body)"
    " SELECT key, fence.partition, version, wake_at, CAST(thread AS json), CAST(body AS json)"
    " FROM fence, unnest(CAST(:new_keys AS text[]), CAST(:new_versions AS bigint[]),"
    " CAST(:new_wakes AS bigint[]), CAST(:new_threads AS text[]), CAST(:new_bodies AS text[]))"
    " AS new (key, version, wake_at, thread, body)"
    " ON CONFLICT (key) DO UPDATE SET version = excluded.version, wake_at = excluded.wake_at,"
    " thread = excluded.thread, body = excluded.body"
    # What is known is updated: an upsert locks every row in a step of its own first.
    "), changed AS ("
    "UPDATE state SET version = new.version, wake_at = new.wake_at, thread = CAST(new.thread AS json),"
    " body = coalesce(CAST(new.body AS json), state.body)"
    " FROM fence, unnest(CAST(:keys AS text[]), CAST(:versions AS bigint[]), CAST(:wakes AS bigint[]),"
    " CAST(:threads AS text[]), CAST(:bodies AS text[])) AS new (key, version, wake_at, thread, body)"
    " WHERE state.key = new.key"
    "), said AS ("
    "INSERT INTO outbox (topic, partition, facts, records, at)"
    " SELECT topic, fence.partition, facts, records, CAST(:now AS bigint)"
    " FROM fence, unnest(CAST(:topics AS text[]), CAST(:facts AS int[]), CAST(:records AS bytea[]))"
    " AS new (topic, facts, records) RETURNING number, topic"
    "), buried AS ("
    'INSERT INTO dead_letter (partition, key, topic, "offset", headers, value, reason, at)'
    " SELECT fence.partition, key, topic, place_in_lane, CAST(headers AS json), value, reason,"
    " CAST(:now AS bigint)"
    " FROM fence, unnest(CAST(:dead_keys AS text[]), CAST(:dead_topics AS text[]),"
    " CAST(:dead_offsets AS bigint[]), CAST(:dead_headers AS text[]), CAST(:dead_values AS bytea[]),"
    " CAST(:dead_reasons AS text[])) WITH ORDINALITY"
    " AS new (key, topic, place_in_lane, headers, value, reason, place) ORDER BY place"
    ") SELECT (SELECT count(*) FROM fence), ARRAY(SELECT number FROM said ORDER BY number),"
    " ARRAY(SELECT topic FROM said ORDER BY number)"
)
_SAY = Statement(
    "INSERT INTO outbox (topic, partition, facts, records, at)"
    " SELECT :topic, partition, facts, records, CAST(:at AS bigint) FROM unnest(CAST(:partitions AS int[]),"
    " CAST(:facts AS int[]), CAST(:records AS bytea[])) AS new (partition, facts, records)"
    " RETURNING number, partition"
)
_UNSAID = Statement(
    "SELECT number, topic, partition, CASE WHEN NOT number = ANY(CAST(:known AS bigint[])) THEN records END"
    " FROM outbox"
    " WHERE topic = ANY(CAST(:topics AS text[])) AND partition = ANY(CAST(:partitions AS int[]))"
    " ORDER BY number LIMIT :limit"
)
_ACKNOWLEDGED = Statement("DELETE FROM outbox WHERE number = ANY(CAST(:numbers AS bigint[]))")
_AGE = text("SELECT coalesce(sum(facts), 0), min(at) FROM outbox")
_DUE = Statement(
    "SELECT wake_at, key FROM state WHERE partition = :partition AND wake_at <= :until"
    " ORDER BY wake_at LIMIT :limit"
)
_STATE = text("SELECT body FROM state WHERE key = :key")


class Fenced(Exception):
    """Another instance has taken the partition over: this one must stop at once; nothing was written."""


class Fence(NamedTuple):
    """Who believes to run a partition, and by which epoch of its lease."""

    partition: int
    owner: str
    epoch: int


class Bundle(NamedTuple):
    """What one transaction says on one lane, and its number in the outbox."""

    number: int
    records: Sequence[Record]


class KitStore(Generic[S]):
    """The kit's tables of one process. Every method works on the connection it is given."""

    def __init__(self, process: Process[S], partitions: int) -> None:
        self._states = States(process.state)
        self._partitions = partitions

    async def load(self, conn: AsyncConnection, keys: Iterable[str]) -> list[Stored]:
        wanted = list(keys)
        if not wanted:
            return []
        return [Stored(*columns) for columns in await _LOAD.rows(conn, {"keys": wanted})]

    def read(self, stored: Stored) -> Row[S]:
        """What is stored, to work on."""
        key, version, wake_at, thread, body = stored
        state = None if body is None else self._states.read(body)
        return Row(key, state, version, wake_at, read_thread(thread), stored=stored)

    def written(self, row: Row[S]) -> tuple[str, str | None]:
        """The thread and the body as they are stored."""
        return write_thread(row.thread), None if row.state is None else self._states.write(row.state)

    async def commit(
        self,
        conn: AsyncConnection,
        fence: Fence,
        positions: Mapping[str, int],
        turn: Turn,
        result: Folded[S],
    ) -> list[Bundle]:
        """Record a turn and write what it came to, if this instance still runs the partition.

        One statement, so that a batch is one round trip and, on a connection in autocommit, one transaction.
        Returns what is to be said.

        Raises:
            Fenced: it does not run it any more; nothing was written.
        """
        changed = [row for row in result.rows.values() if row.changed]
        written = [(row, self._stored(row)) for row in changed]
        new = [stored for row, stored in written if row.version == 0]
        known = [(stored, row.rewritten) for row, stored in written if row.version > 0]
        dead, said = result.dead, by_lane([encode(fact, self._partitions) for fact in result.says])
        [(held, numbers, topics)] = await _COMMIT.rows(
            conn,
            {
                **fence._asdict(),
                "positions": json.dumps(dict(positions)),
                **to_columns(turn),
                "failed": json.dumps(result.failed) if result.failed else None,
                "new_keys": [one.key for one in new],
                "new_versions": [one.version for one in new],
                "new_wakes": [one.wake_at for one in new],
                "new_threads": [one.thread for one in new],
                "new_bodies": [one.body for one in new],
                "keys": [one.key for one, _ in known],
                "versions": [one.version for one, _ in known],
                "wakes": [one.wake_at for one, _ in known],
                "threads": [one.thread for one, _ in known],
                "bodies": [one.body if rewritten else None for one, rewritten in known],
                "topics": [topic for topic, _ in said],
                "facts": [len(records) for records in said.values()],
                "records": [pack(records) for records in said.values()],
                "dead_keys": [letter.record.key for letter in dead],
                "dead_topics": [letter.record.topic for letter in dead],
                "dead_offsets": [letter.record.offset for letter in dead],
                "dead_headers": [headers_to_json(letter.record.headers) for letter in dead],
                "dead_values": [letter.record.value for letter in dead],
                "dead_reasons": [letter.reason for letter in dead],
            },
        )
        if held != 1:
            raise Fenced(f"partition {fence.partition}: epoch {fence.epoch} of {fence.owner} is over")
        for row, stored in written:
            row.version, row.stored = stored.version, stored
            row.changed = row.rewritten = False
        return [
            Bundle(number, said[topic, fence.partition])
            for number, topic in zip(numbers, topics, strict=True)
        ]

    def _stored(self, row: Row[S]) -> Stored:
        """The row as it is to be stored next. A body that did not change is the one that was read."""
        if row.stored is not None and not row.rewritten:
            body = row.stored.body
        else:
            body = None if row.state is None else self._states.write(row.state)
        return Stored(row.key, row.version + 1, row.wake_at, write_thread(row.thread), body)

    async def due(
        self, conn: AsyncConnection, partition: int, until: Instant, limit: int
    ) -> list[tuple[Instant, str]]:
        """The cases that ask to be called until then, in due order."""
        found = await _DUE.rows(conn, {"partition": partition, "until": until, "limit": limit})
        return [(wake_at, key) for wake_at, key in found]

    async def state_of(self, conn: AsyncConnection, key: str) -> S | None:
        """The last committed state of a case, for reading."""
        body = (await conn.execute(_STATE, {"key": key})).scalar_one_or_none()
        return None if body is None else self._states.read(body)


async def put_in_outbox(
    conn: AsyncConnection, topic: str, records: Sequence[Record], now: Instant
) -> list[Bundle]:
    """Say these on one topic, in order: one bundle for each partition."""
    lanes = by_lane(records)
    if not lanes:
        return []
    found = await _SAY.rows(
        conn,
        {
            "topic": topic,
            "partitions": [partition for _, partition in lanes],
            "facts": [len(lane) for lane in lanes.values()],
            "records": [pack(lane) for lane in lanes.values()],
            "at": now,
        },
    )
    return [Bundle(number, lanes[topic, partition]) for number, partition in found]


async def unsaid(
    conn: AsyncConnection,
    topics: Iterable[str],
    partitions: Iterable[int],
    limit: int,
    known: Mapping[int, Bundle] = MappingProxyType({}),
) -> list[Bundle]:
    """What of these topics the wire has not acknowledged, oldest first.

    The records of those that are `known` are not read again.
    """
    found = await _UNSAID.rows(
        conn,
        {"topics": list(topics), "partitions": list(partitions), "limit": limit, "known": list(known)},
    )
    return [
        known[number] if records is None else Bundle(number, unpack(records, topic, partition))
        for number, topic, partition, records in found
    ]


async def acknowledged(conn: AsyncConnection, bundles: Sequence[Bundle]) -> None:
    """The wire has them: they need not be kept here."""
    await _ACKNOWLEDGED.rows(conn, {"numbers": [bundle.number for bundle in bundles]})


async def outbox_age(conn: AsyncConnection) -> tuple[int, Instant | None]:
    """How many facts wait, and since when the oldest does."""
    facts, oldest = (await conn.execute(_AGE)).one()
    return facts, oldest


def headers_to_json(headers: Headers) -> str:
    """Headers to be read by people: of dead letters."""
    return json.dumps([(name, value.decode()) for name, value in headers])


def headers_from_json(headers: Any) -> Headers:
    pairs = json.loads(headers) if isinstance(headers, str) else headers
    return tuple((name, value.encode()) for name, value in pairs)
