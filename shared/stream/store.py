"""The kit's SQL. Every statement takes what it needs as arrays: one round trip a batch, whatever its size."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant
from shared.stream.codec import encode
from shared.stream.fold import DeadLetter, Row, Thread
from shared.stream.process import Process
from shared.stream.turn import Turn, to_columns
from shared.stream.wire import Headers, Record

S = TypeVar("S")

_THREAD = TypeAdapter(Thread)

_ADVANCE = text(
    "WITH moved AS (UPDATE partition"
    " SET positions = positions || CAST(:positions AS jsonb), turns = turns + 1"
    " WHERE partition = :partition AND owner = :owner AND epoch = :epoch RETURNING turns)"
    " INSERT INTO turn (partition, number, epoch, now, at, under, heard, outcomes, woken, granted)"
    " SELECT :partition, turns, :epoch, :now, :at, :under, CAST(:heard AS json), CAST(:outcomes AS json),"
    " CAST(:woken AS json), CAST(:granted AS json) FROM moved RETURNING number"
)
_FAILED = text(
    "UPDATE turn SET failed = CAST(:failed AS json) WHERE partition = :partition AND number = :number"
)
_LOAD = text("SELECT key, version, wake_at, thread, body FROM state WHERE key = ANY(CAST(:keys AS text[]))")
_SAVE = text(
    "INSERT INTO state (key, partition, version, wake_at, thread, body)"
    " SELECT key, :partition, version, wake_at, CAST(thread AS json), CAST(body AS json)"
    " FROM unnest(CAST(:keys AS text[]), CAST(:versions AS bigint[]), CAST(:wakes AS bigint[]),"
    " CAST(:threads AS text[]), CAST(:bodies AS text[])) AS new (key, version, wake_at, thread, body)"
    " ON CONFLICT (key) DO UPDATE SET version = excluded.version, wake_at = excluded.wake_at,"
    " thread = excluded.thread, body = excluded.body"
)
_SAY = text(
    "INSERT INTO outbox (topic, partition, key, headers, value, at)"
    " SELECT topic, partition, key, CAST(headers AS json), value, :at"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:keys AS text[]),"
    " CAST(:headers AS text[]), CAST(:values AS bytea[]))"
    " WITH ORDINALITY AS new (topic, partition, key, headers, value, place) ORDER BY place"
    " RETURNING number"
)
_UNSAID = text(
    "SELECT number, partition, key, headers, value FROM outbox"
    " WHERE topic = :topic AND partition = ANY(CAST(:partitions AS int[])) ORDER BY number LIMIT :limit"
)
_ACKNOWLEDGED = text("DELETE FROM outbox WHERE number = ANY(CAST(:numbers AS bigint[]))")
_AGE = text("SELECT count(*), min(at) FROM outbox")
_BURY = text(
    'INSERT INTO dead_letter (partition, key, topic, "offset", headers, value, reason, at)'
    " SELECT :partition, key, topic, place_in_lane, CAST(headers AS json), value, reason, :at"
    " FROM unnest(CAST(:keys AS text[]), CAST(:topics AS text[]), CAST(:offsets AS bigint[]),"
    " CAST(:headers AS text[]), CAST(:values AS bytea[]), CAST(:reasons AS text[]))"
    " WITH ORDINALITY AS new (key, topic, place_in_lane, headers, value, reason, place) ORDER BY place"
)
_DUE = text(
    "SELECT wake_at, key FROM state WHERE partition = :partition AND wake_at <= :until"
    " ORDER BY wake_at LIMIT :limit"
)
_STATE = text("SELECT body FROM state WHERE key = :key")


class Fenced(Exception):
    """Another instance has taken the partition over: this one must stop at once; nothing was written."""


class KitStore(Generic[S]):
    """The kit's tables of one process. Every method works on the connection (and transaction) it is given."""

    def __init__(self, process: Process[S], partitions: int) -> None:
        self._state = TypeAdapter(process.state)
        self._partitions = partitions

    async def advance(
        self,
        conn: AsyncConnection,
        partition: int,
        owner: str,
        epoch: int,
        positions: Mapping[str, int],
        turn: Turn,
    ) -> int:
        """Move the partition's positions and record the turn, if this instance still runs the partition: the
        fence of every transaction. Returns the turn's number.

        Raises:
            Fenced: it does not.
        """
        moved = await conn.execute(
            _ADVANCE,
            {
                "partition": partition,
                "owner": owner,
                "epoch": epoch,
                "positions": json.dumps(dict(positions)),
                **to_columns(turn),
            },
        )
        number = moved.scalar_one_or_none()
        if number is None:
            raise Fenced(f"partition {partition}: epoch {epoch} of {owner} is over")
        return int(number)

    async def note_failures(
        self, conn: AsyncConnection, partition: int, turn: int, failed: Sequence[tuple[str, int]]
    ) -> None:
        """Add to a turn what `decide` raised at: keys, each with the place in what was heard."""
        if failed:
            await conn.execute(
                _FAILED, {"partition": partition, "number": turn, "failed": json.dumps(list(failed))}
            )

    async def load(self, conn: AsyncConnection, keys: Iterable[str]) -> list[Row[S]]:
        wanted = list(keys)
        if not wanted:
            return []
        found = await conn.execute(_LOAD, {"keys": wanted})
        return [
            Row(
                key=key,
                state=None if body is None else self._state.validate_json(body),
                version=version,
                wake_at=wake_at,
                thread=_THREAD.validate_json(thread),
            )
            for key, version, wake_at, thread, body in found
        ]

    async def save(self, conn: AsyncConnection, partition: int, rows: Sequence[Row[S]]) -> None:
        if not rows:
            return
        await conn.execute(
            _SAVE,
            {
                "partition": partition,
                "keys": [row.key for row in rows],
                "versions": [row.version + 1 for row in rows],
                "wakes": [row.wake_at for row in rows],
                "threads": [_THREAD.dump_json(row.thread, exclude_defaults=True).decode() for row in rows],
                "bodies": [None if row.state is None else self._body(row.state) for row in rows],
            },
        )

    def _body(self, state: S) -> str:
        return self._state.dump_json(state, exclude_defaults=True, by_alias=True).decode()

    async def say(
        self, conn: AsyncConnection, facts: Sequence[Fact], now: Instant
    ) -> list[tuple[int, Record]]:
        """Put facts into the outbox, in order; returns each with its number there."""
        return await put_in_outbox(conn, [encode(fact, self._partitions) for fact in facts], now)

    async def bury(
        self, conn: AsyncConnection, partition: int, letters: Sequence[DeadLetter], now: Instant
    ) -> None:
        if not letters:
            return
        await conn.execute(
            _BURY,
            {
                "partition": partition,
                "keys": [letter.record.key for letter in letters],
                "topics": [letter.record.topic for letter in letters],
                "offsets": [letter.record.offset for letter in letters],
                "headers": [headers_to_json(letter.record.headers) for letter in letters],
                "values": [letter.record.value for letter in letters],
                "reasons": [letter.reason for letter in letters],
                "at": now,
            },
        )

    async def due(
        self, conn: AsyncConnection, partition: int, until: Instant, limit: int
    ) -> list[tuple[Instant, str]]:
        """The cases that ask to be called until then, in due order."""
        found = await conn.execute(_DUE, {"partition": partition, "until": until, "limit": limit})
        return [(wake_at, key) for wake_at, key in found]

    async def state_of(self, conn: AsyncConnection, key: str) -> S | None:
        """The last committed state of a case, for reading."""
        body = (await conn.execute(_STATE, {"key": key})).scalar_one_or_none()
        return None if body is None else self._state.validate_json(body)


async def put_in_outbox(
    conn: AsyncConnection, records: Sequence[Record], now: Instant
) -> list[tuple[int, Record]]:
    if not records:
        return []
    numbers = await conn.execute(
        _SAY,
        {
            "topics": [record.topic for record in records],
            "partitions": [record.partition for record in records],
            "keys": [record.key for record in records],
            "headers": [headers_to_json(record.headers) for record in records],
            "values": [record.value for record in records],
            "at": now,
        },
    )
    return list(zip(sorted(numbers.scalars()), records, strict=True))


async def unsaid(
    conn: AsyncConnection, topic: str, partitions: Iterable[int], limit: int
) -> list[tuple[int, Record]]:
    """What of this topic the wire has not acknowledged, oldest first."""
    found = await conn.execute(_UNSAID, {"topic": topic, "partitions": list(partitions), "limit": limit})
    return [
        (number, Record(topic, partition, key, headers_from_json(headers), bytes(value)))
        for number, partition, key, headers, value in found
    ]


async def acknowledged(conn: AsyncConnection, numbers: Sequence[int]) -> None:
    await conn.execute(_ACKNOWLEDGED, {"numbers": list(numbers)})


async def outbox_age(conn: AsyncConnection) -> tuple[int, Instant | None]:
    """How many rows wait, and since when the oldest does."""
    rows, oldest = (await conn.execute(_AGE)).one()
    return rows, oldest


def headers_to_json(headers: Headers) -> str:
    return json.dumps([(name, value.decode()) for name, value in headers])


def headers_from_json(headers: Any) -> Headers:
    pairs = json.loads(headers) if isinstance(headers, str) else headers
    return tuple((name, value.encode()) for name, value in pairs)
