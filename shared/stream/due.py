"""Time as a source: which cases of one partition ask to be called, and when the next one does.

The database's index is the truth; a window of it is held in a heap, so that the process sleeps exactly until
the next instant. What is near is held apart: its states are read ahead, so that at the instant there is only
to decide. Entries may be stale (the state has changed since): the fold checks each against its row.
"""

from collections.abc import Awaitable, Callable, Iterable
from heapq import heapify, heappop, heappush

from shared.contracts.instant import Instant

Load = Callable[[Instant, int], Awaitable[list[tuple[Instant, str]]]]
"""(until, limit) -> the due instants up to there, in order: `KitStore.due` on a connection of its own."""

LONG_AGO: Instant = -(1 << 62)
END: Instant = 1 << 62


class Due:
    """The next instants of one partition.

    `window` is how far it looks ahead, `near` what is to be read ahead, both in product microseconds; `most`
    is how many it takes in at a time: of an outage's overdue cases a page after the other, in due order.
    """

    def __init__(self, load: Load, window: int, near: int, most: int = 50_000) -> None:
        self._load = load
        self._window = window
        self._near_span = near
        self._most = most
        self._near: list[tuple[Instant, str]] = []
        self._far: list[tuple[Instant, str]] = []
        self._full = False
        """Whether there was more than a page of it: much is overdue."""
        self._fresh: list[tuple[Instant, str]] = []
        """What commits made due beyond a full page: it need not wait for all that an outage left behind."""
        self._near_until = LONG_AGO
        """Everything due up to here is in the near heap, or comes into it with its commit."""
        self._until = LONG_AGO
        """Everything due up to here is in one of the heaps, or comes into it with its commit."""

    async def look_ahead(self, now: Instant) -> list[str]:
        """Take in the next window, once half of the last one has passed; returns what has come near since."""
        if self._look_at() <= now:
            until = now + self._window
            found = await self._load(until, self._most)
            # A full page may have cut a case off at its last instant: that instant is read again next time.
            self._full = len(found) == self._most
            self._until = found[-1][0] - 1 if self._full else until
            self._near, self._far, self._near_until = [], found, LONG_AGO  # a sorted list is a heap
            if not self._full:
                self._fresh = []  # they are among those found
        if now + self._near_span // 2 < self._near_until:
            return []
        return self._draw_near(now + self._near_span)

    def _look_at(self) -> Instant:
        """When the next window is to be taken in: half way through this one, or at the end of a full page."""
        if self._full and (self._near or self._far):
            return END
        return LONG_AGO if self._full else self._until - self._window // 2

    def _draw_near(self, until: Instant) -> list[str]:
        self._near_until = until
        drawn = []
        while self._far and self._far[0][0] <= until:
            entry = heappop(self._far)
            self._near.append(entry)
            drawn.append(entry[1])
        heapify(self._near)
        return drawn

    def add(self, changes: Iterable[tuple[Instant | None, str]]) -> None:
        """Note what a commit made due; beyond the window the index will tell in time."""
        for wake_at, key in changes:
            if wake_at is None:
                continue
            if wake_at <= self._until:
                heappush(self._near if wake_at <= self._near_until else self._far, (wake_at, key))
            elif self._full:
                heappush(self._fresh, (wake_at, key))

    def next(self) -> Instant | None:
        """The next instant in the window."""
        heaps = (self._near or self._far, self._fresh)
        return min((heap[0][0] for heap in heaps if heap), default=None)

    def look_ahead_at(self) -> Instant:
        """When `look_ahead` has something to do, unless a commit comes before."""
        if not self._far:
            return self._look_at()
        return min(
            self._look_at(), max(self._near_until - self._near_span // 2, self._far[0][0] - self._near_span)
        )

    def take(self, now: Instant, most: int) -> list[str]:
        """The keys due by now, each once: what is overdue in due order, and beside it what is fresh."""
        taken: dict[str, None] = {}
        for heap, room in ((self._fresh, -(-most // 2)), (self._near, most)):
            while heap and heap[0][0] <= now and len(taken) < room:
                taken[heappop(heap)[1]] = None
        return list(taken)

    def forget(self) -> None:
        """After a failed transaction: what was taken must be looked up again."""
        self._near, self._far, self._fresh, self._full = [], [], [], False
        self._near_until = self._until = LONG_AGO
