"""A compiled window of a calendar: open intervals with prefix sums, answered by bisection."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from shared.calendar.instants import Instant
from shared.calendar.intervals import Interval


class Table(NamedTuple):
    """The open intervals of [since, until), and how much open time lies before each.

    `before[i]` is the open time from the table's origin to `opens[i]`; `total` that up to `until`, `first`
    that at `since` (negative when the table has grown into the past).
    """

    since: Instant
    until: Instant
    opens: list[Instant]
    closes: list[Instant]
    before: list[int]
    first: int
    total: int

    @classmethod
    def of(cls, since: Instant, until: Instant, intervals: Iterable[Interval], first: int = 0) -> "Table":
        opens, closes, before = [], [], []
        used = first
        for start, end in intervals:
            opens.append(start)
            closes.append(end)
            before.append(used)
            used += end - start
        return cls(since, until, opens, closes, before, first, used)

    def used(self, at: Instant) -> int:
        """Open time from the origin to `at`, which must lie in [since, until]."""
        i = bisect_right(self.opens, at) - 1
        if i < 0:
            return self.first
        close = self.closes[i]
        return self.before[i] + min(at, close) - self.opens[i]

    def earliest(self, used: int) -> Instant:
        """The first instant with that much used; `first` < used <= `total`. At a closing: the closing."""
        i = bisect_left(self.before, used) - 1
        return self.opens[i] + used - self.before[i]

    def latest(self, used: int) -> Instant:
        """The last instant with that much used; `first` <= used < `total`. At a closing: the next opening."""
        i = bisect_right(self.before, used) - 1
        return self.opens[i] + used - self.before[i]

    def later(self, until: Instant, intervals: list[Interval]) -> "Table":
        """This table grown to a later end by the open intervals of [self.until, until)."""
        return self._joined(
            self.since, until, list(zip(self.opens, self.closes, strict=True)), intervals, self.first
        )

    def earlier(self, since: Instant, intervals: list[Interval]) -> "Table":
        """This table grown to an earlier start by the open intervals of [since, self.since)."""
        first = self.first - sum(end - start for start, end in intervals)
        return self._joined(
            since, self.until, intervals, list(zip(self.opens, self.closes, strict=True)), first
        )

    @staticmethod
    def _joined(
        since: Instant, until: Instant, left: list[Interval], right: list[Interval], first: int
    ) -> "Table":
        if left and right and left[-1][1] == right[0][0]:
            left, right = left[:-1], [(left[-1][0], right[0][1]), *right[1:]]
        return Table.of(since, until, [*left, *right], first)
