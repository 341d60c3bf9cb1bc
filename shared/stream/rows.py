"""The cases that a partition has dealt with last, in memory: a chain of facts about one case reads it once.

True for as long as the lease holds, since nobody else writes them then; if it does not hold any more, the
fence refuses what was made of them. Rows that a batch works on are taken out and come back with its commit,
so a batch that failed leaves nothing half done here.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from shared.stream.fold import Row

S = TypeVar("S")


class Rows(Generic[S]):
    """`load` reads those of the given cases that the database knows; at most `most` are kept."""

    def __init__(self, load: Callable[[list[str]], Awaitable[list[Row[S]]]], most: int) -> None:
        self._load = load
        self._most = most
        self._kept: dict[str, Row[S]] = {}

    async def take(self, keys: Iterable[str]) -> list[Row[S]]:
        """The rows of these cases, each once; a case that nothing is known of has none."""
        found, missing = [], []
        for key in dict.fromkeys(keys):
            row = self._kept.pop(key, None)
            if row is None:
                missing.append(key)
            else:
                found.append(row)
        return [*found, *(await self._load(missing))] if missing else found

    async def warm(self, keys: Iterable[str]) -> None:
        """Read these ahead: they will be asked for in a moment."""
        missing = [key for key in keys if key not in self._kept]
        if missing:
            self.keep(await self._load(missing[: self._most // 2]))

    def keep(self, rows: Iterable[Row[S]]) -> None:
        """These stand in the database as they are here; those that were used longest ago make room."""
        for row in rows:
            self._kept[row.key] = row
        for key in list(self._kept)[: max(0, len(self._kept) - self._most)]:
            del self._kept[key]
