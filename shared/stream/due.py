"""Time as a source: which cases of one partition ask to be called, and when the next one does.

The database's index is the truth; a page of it is held in a heap, so that the process sleeps exactly until
the next instant. What is near is held apart: its states are read ahead, a few at a time, so that at the
instant there is only to decide. Entries may be stale (the state has changed since): the fold checks each
against its row.
"""

from collections.abc import Awaitable, Callable, Iterable
from heapq import heapify, heappop, heappush

from shared.contracts.instant import Instant

Load = Callable[[Instant, int], Awaitable[list[tuple[Instant, str]]]]
"""(until, limit) -> the due instants up to there, in order: `KitStore.due` on a connection of its own."""

LONG_AGO: Instant = -(1 << 62)
END: Instant = 1 << 62
PAGE = 2_000
"""Entries read from the index at a time: a longer list would hold up what is due meanwhile."""
PORTION = 100
"""Cases read ahead at a time, likewise."""


class Due:
    """The next instants of one partition.

    `window` is how far it looks ahead, `near` what is to be read ahead, both in product microseconds; `page`
    is how many it takes in at a time: where much is due, one page after the other, in due order.
    """

    def __init__(self, load: Load, window: int, near: int, page: int = PAGE, portion: int = PORTION) -> None:
        self._load = load
        self._window = window
        self._near_span = near
        self._page = page
        self._portion = portion
        self._near: list[tuple[Instant, str]] = []
        self._far: list[tuple[Instant, str]] = []
        self._full = False
        """Whether there was more than a page in the window."""
        self._fresh: list[tuple[Instant, str]] = []
        """What commits made due in the window beyond a full page: it need not wait for what is before it."""
        self._near_until = LONG_AGO
        """Everything due up to here is in the near heap, or comes into it with its commit."""
        self._until = LONG_AGO
        """Everything due up to here is in one of the heaps, or comes into it with its commit."""
        self._window_end = LONG_AGO

    async def look_ahead(self, now: Instant) -> list[str]:
        """Take in what comes next, if it is time to; returns a portion of what is near and not yet due."""
        if self._look_at() <= now:
            self._window_end = now + self._window
            found = await self._load(self._window_end, self._page)
            # A full page may have cut a case off at its last instant: that instant is read again next time.
            self._full = len(found) == self._page
            self._until = found[-1][0] - 1 if self._full else self._window_end
            self._near, self._far, self._near_until = [], found, LONG_AGO  # a sorted list is a heap
            self._fresh = [entry for entry in self._fresh if entry[0] > self._until]
            heapify(self._fresh)
        return self._draw_near(now)

    def _look_at(self) -> Instant:
        """When to read the index: half way through the window, or when a full page is nearly used up."""
        if self._full:
            return LONG_AGO if len(self._near) + len(self._far) <= self._page // 4 else END
        return self._until - self._window // 2

    def _draw_near(self, now: Instant) -> list[str]:
        if now < self._draw_at():
            return []
        until, drawn = now + self._near_span, list[str]()
        while self._far and self._far[0][0] <= until and len(drawn) < self._portion:
            at, key = entry = heappop(self._far)
            heappush(self._near, entry)
            if at > now:
                drawn.append(key)
        self._near_until = min(until, self._far[0][0] - 1) if self._far else until
        return drawn

    def _draw_at(self) -> Instant:
        """Not at every step: what comes near within a twentieth of the span is drawn together."""
        return self._near_until - self._near_span * 19 // 20

    def add(self, changes: Iterable[tuple[Instant | None, str]]) -> None:
        """Note what a commit made due; beyond the window the index will tell in time."""
        for wake_at, key in changes:
            if wake_at is None:
                continue
            if wake_at <= self._until:
                heappush(self._near if wake_at <= self._near_until else self._far, (wake_at, key))
            elif wake_at <= self._window_end:
                heappush(self._fresh, (wake_at, key))

    def next(self) -> Instant | None:
        """The next instant in the window."""
        heaps = (self._near or self._far, self._fresh)
        return min((heap[0][0] for heap in heaps if heap), default=None)

    def look_ahead_at(self) -> Instant:
        """When `look_ahead` has something to do, unless a commit comes before."""
        if not self._far:
            return self._look_at()
        return min(self._look_at(), max(self._draw_at(), self._far[0][0] - self._near_span))

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
        self._near_until = self._until = self._window_end = LONG_AGO
