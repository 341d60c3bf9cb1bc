"""The cases that a partition has dealt with last, in memory: a chain of facts about one case reads it once.

True for as long as the lease holds, since nobody else writes them then; if it does not hold any more, the
fence refuses what was made of them. Rows that a batch works on are taken out and come back with its commit,
so a batch that failed leaves nothing half done here.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from shared.stream.fold import Row

S = TypeVar("S")

AT_LEAST = 300
"""Bytes that a row takes beside its state."""


class Rows(Generic[S]):
    """`load` reads those of the given cases that the database knows; `room` says how many bytes may be kept.

    Bytes as they are stored: in memory a state takes about four times as many.
    """

    def __init__(self, load: Callable[[list[str]], Awaitable[list[Row[S]]]], room: Callable[[], int]) -> None:
        self._load = load
        self._room = room
        self._kept: OrderedDict[str, Row[S]] = OrderedDict()
        self._size = 0

    async def take(self, keys: Iterable[str]) -> list[Row[S]]:
        """The rows of these cases, each once; a case that nothing is known of has none."""
        found, missing = [], []
        for key in dict.fromkeys(keys):
            row = self._kept.pop(key, None)
            if row is None:
                missing.append(key)
            else:
                self._size -= AT_LEAST + row.stored
                found.append(row)
        return [*found, *(await self._load(missing))] if missing else found

    async def warm(self, keys: Iterable[str]) -> None:
        """Read these ahead: they will be asked for in a moment."""
        missing = [key for key in keys if key not in self._kept]
        if missing:
            self.keep(await self._load(missing))

    def keep(self, rows: Iterable[Row[S]]) -> None:
        """These stand in the database as they are here; those that were used longest ago make room."""
        for row in rows:
            self._kept[row.key] = row
            self._size += AT_LEAST + row.stored
        room = self._room()
        while self._size > room:
            self._size -= AT_LEAST + self._kept.popitem(last=False)[1].stored
