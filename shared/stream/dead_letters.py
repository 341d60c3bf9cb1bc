"""Facts that could not be decided, and those parked behind them: kept, shown, replayed in order or discarded.

A person writes a wish; the instance that runs the case's partition grants it, inside its fenced transaction.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.instant import MINUTE, Instant
from shared.stream.store import headers_from_json
from shared.stream.wire import Record

MOST_A_MINUTE = 20

_COLUMNS = 'number, partition, key, topic, "offset", headers, value, reason, at, wish'
_WISHED = text(
    "SELECT DISTINCT partition, key FROM dead_letter"
    " WHERE partition = ANY(CAST(:partitions AS int[])) AND wish IS NOT NULL"
)
_LETTERS = text(f"SELECT {_COLUMNS} FROM dead_letter WHERE key = :key ORDER BY number")
_OPEN = text(
    "SELECT number, key, topic, reason, at, wish,"
    " (SELECT count(*) FROM dead_letter behind"
    " WHERE behind.key = dead.key AND behind.reason IS NULL) AS behind"
    " FROM dead_letter dead WHERE reason IS NOT NULL ORDER BY number LIMIT :limit"
)
_WISH = text("UPDATE dead_letter SET wish = :wish WHERE key = :key AND reason IS NOT NULL")
_DONE = text("DELETE FROM dead_letter WHERE number = ANY(CAST(:numbers AS bigint[]))")
_FAILED = text("UPDATE dead_letter SET reason = :reason, wish = NULL WHERE number = :number")


class BrokenRelease(Exception):
    """So many facts fail that it cannot be the facts: the process stops rather than bury them all."""


@dataclass(frozen=True, slots=True)
class Letter:
    number: int
    record: Record
    reason: str | None
    at: Instant
    wish: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One open dead letter, as a list shows it."""

    number: int
    key: str
    topic: str
    reason: str
    at: Instant
    wish: str | None
    behind: int


class Limit:
    """Counts dead letters against the ceiling of `MOST_A_MINUTE`."""

    def __init__(self) -> None:
        self._recent: deque[Instant] = deque()

    def count(self, letters: int, real_now: Instant) -> None:
        """Raises BrokenRelease above the ceiling."""
        self._recent.extend([real_now] * letters)
        while self._recent and self._recent[0] < real_now - MINUTE:
            self._recent.popleft()
        if len(self._recent) > MOST_A_MINUTE:
            raise BrokenRelease(
                f"{len(self._recent)} dead letters within a minute: read them (tocsin dead-letters list),"
                " mend the release, then replay them"
            )


async def open_letters(conn: AsyncConnection, limit: int = 100) -> list[Summary]:
    return [Summary(*row) for row in await conn.execute(_OPEN, {"limit": limit})]


async def wish(conn: AsyncConnection, key: str, wanted: str) -> bool:
    """Ask that a case's dead letter be replayed or discarded; False where the case has none."""
    return (await conn.execute(_WISH, {"key": key, "wish": wanted})).rowcount > 0


async def wished(conn: AsyncConnection, partitions: Sequence[int]) -> list[tuple[int, str]]:
    """The cases, each with its partition, that somebody wants to go on with."""
    found = await conn.execute(_WISHED, {"partitions": list(partitions)})
    return [(partition, key) for partition, key in found]


async def letters_of(conn: AsyncConnection, key: str) -> list[Letter]:
    """The dead letter of a case and what waits behind it, in order."""
    return [
        Letter(
            number,
            Record(topic, partition, of, headers_from_json(headers), bytes(value), offset),
            reason,
            at,
            wanted,
        )
        for number, partition, of, topic, offset, headers, value, reason, at, wanted in await conn.execute(
            _LETTERS, {"key": key}
        )
    ]


async def settle(conn: AsyncConnection, letters: Sequence[Letter], done: int, failure: str) -> None:
    """Drop those that are done with; the first that is not keeps its place, with the new reason."""
    await conn.execute(_DONE, {"numbers": [letter.number for letter in letters[:done]]})
    if done < len(letters):
        await conn.execute(_FAILED, {"number": letters[done].number, "reason": failure})
