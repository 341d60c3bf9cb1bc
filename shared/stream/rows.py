"""The cases that a partition has dealt with last, in memory: a chain of facts about one case reads it once.

True for as long as the lease holds, since nobody else writes them then; if it does not hold any more, the
fence refuses what was made of them. They lie here as they are stored, each turn makes its own of them and
gives back what it has written, so a batch that failed leaves nothing half done here.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from shared.stream.fold import Row, Stored

S = TypeVar("S")

AT_LEAST = 500
"""Bytes that a row takes beside its texts."""


class Rows(Generic[S]):
    """`load` reads those of the given cases that the database knows, `read` makes a row of what is stored,
    and `room` says how many bytes may be kept.
    """

    def __init__(
        self,
        load: Callable[[list[str]], Awaitable[list[Stored]]],
        read: Callable[[Stored], Row[S]],
        room: Callable[[], int],
    ) -> None:
        self._load = load
        self._read = read
        self._room = room
        self._kept: OrderedDict[str, Stored] = OrderedDict()
        self._size = 0

    async def take(self, keys: Iterable[str]) -> list[Row[S]]:
        """The rows of these cases, each once; a case that nothing is known of has none.

        They do not lie here any more until they are given back: after a failure the database is asked.
        """
        found, missing = [], []
        for key in dict.fromkeys(keys):
            stored = self._kept.pop(key, None)
            if stored is None:
                missing.append(key)
            else:
                self._size -= _size(stored)
                found.append(self._read(stored))
        return [*found, *map(self._read, await self._load(missing))] if missing else found

    async def warm(self, keys: Iterable[str]) -> None:
        """Read these ahead: they will be asked for in a moment."""
        missing = [key for key in keys if key not in self._kept]
        if missing:
            self._keep(await self._load(missing))

    def keep(self, rows: Iterable[Row[S]]) -> None:
        """These stand in the database as they are here; those that were used longest ago make room."""
        self._keep(row.stored for row in rows if row.stored is not None)

    def _keep(self, found: Iterable[Stored]) -> None:
        for stored in found:
            self._kept[stored.key] = stored
            self._size += _size(stored)
        room = self._room()
        while self._size > room:
            self._size -= _size(self._kept.popitem(last=False)[1])


def _size(stored: Stored) -> int:
    return AT_LEAST + len(stored.thread) + len(stored.body or "")
