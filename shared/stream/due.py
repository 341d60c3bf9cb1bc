"""Time as a source: which cases of one partition ask to be called, and when the next one does.

The database's index is the truth; a window of it is held in a heap, so that the process sleeps exactly until
the next instant. Entries may be stale (the state has changed since): the fold checks each against its row.
"""

from collections.abc import Awaitable, Callable, Iterable
from heapq import heapify, heappop, heappush

from shared.contracts.instant import Instant

Load = Callable[[Instant, int], Awaitable[list[tuple[Instant, str]]]]
"""(until, limit) -> the due instants up to there, in order: `KitStore.due` on a connection of its own."""


class Due:
    """The next instants of one partition. `window` is how far it looks ahead, in product microseconds."""

    def __init__(self, load: Load, window: int, most: int = 50_000) -> None:
        self._load = load
        self._window = window
        self._most = most
        self._heap: list[tuple[Instant, str]] = []
        self._until: Instant = -(1 << 62)
        """Everything due up to here is in the heap, or comes into it with its commit."""

    async def look_ahead(self, now: Instant) -> None:
        """Take in the next window, once half of the last one has passed."""
        if now + self._window // 2 < self._until:
            return
        until = now + self._window
        found = await self._load(until, self._most)
        self._heap = found
        heapify(self._heap)
        # A full page may have cut a case off at its last instant: that instant is read again next time.
        self._until = found[-1][0] - 1 if len(found) == self._most else until

    def add(self, changes: Iterable[tuple[Instant | None, str]]) -> None:
        """Note what a commit made due; beyond the window the index will tell in time."""
        for wake_at, key in changes:
            if wake_at is not None and wake_at <= self._until:
                heappush(self._heap, (wake_at, key))

    def next(self) -> Instant | None:
        """The next instant, at the latest the end of the window: then it is time to look ahead."""
        return self._heap[0][0] if self._heap else None

    def look_ahead_at(self) -> Instant:
        return self._until - self._window // 2

    def take(self, now: Instant, most: int) -> list[str]:
        """The keys due by now, in due order, each once."""
        taken: dict[str, None] = {}
        while self._heap and self._heap[0][0] <= now and len(taken) < most:
            taken[heappop(self._heap)[1]] = None
        return list(taken)

    def forget(self) -> None:
        """After a failed transaction: what was taken must be looked up again."""
        self._heap = []
        self._until = -(1 << 62)
