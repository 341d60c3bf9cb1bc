"""A compiled window of a calendar: sorted openings with prefix sums, answered by bisection, or faster.

`used` of an instant is the open time from a fixed origin up to it, so that business time between two instants
is a difference, and adding an amount is a step there and back.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypeAlias

from shared.calendar.instants import Instant
from shared.calendar.intervals import Interval

BUCKET = 33  # in bits: 2^33 µs are 2.4 h
_FAR = 1 << 80  # beyond every instant

Forward: TypeAlias = tuple[Instant, int, int, int, int]
"""The bucket's opening, then (offset, most used time) before it and from it on."""

Back: TypeAlias = tuple[int, int, int]
"""The bucket's closing, as used time, then the offset up to it and after it."""


class Table:
    """The open intervals of [since, until), and how much open time lies before each.

    `before[i]` is the used time at opening i, and `before[-1]` == `total` that at `until`. `offsets[i + 1]`
    turns an instant within interval i into its used time and back: used == at - offset.
    """

    __slots__ = ("before", "intervals", "offsets", "opens", "since", "total", "until")

    def __init__(self, since: Instant, until: Instant, intervals: Sequence[Interval], first: int = 0) -> None:
        """`first` is the used time at `since`; negative once the table has grown into the past."""
        self.since, self.until, self.intervals = since, until, intervals
        self.opens: list[Instant] = []
        self.before: list[int] = []
        # Before the first opening, used time is clamped to before[0], as after each closing to the next.
        self.offsets = [since - first]
        used = first
        for start, end in intervals:
            self.opens.append(start)
            self.before.append(used)
            self.offsets.append(start - used)
            used += end - start
        self.before.append(used)
        self.total = used

    @property
    def first(self) -> int:
        """The used time at `since`."""
        return self.before[0]

    def passed(self, at: Instant) -> int:
        """How many openings lie at or before `at`, which must be in [since, until]."""
        return bisect_right(self.opens, at)

    def used(self, at: Instant) -> int:
        """The open time from the origin to `at`, which must be in [since, until]."""
        i = bisect_right(self.opens, at)
        return min(at - self.offsets[i], self.before[i])

    def earliest(self, used: int) -> Instant:
        """The first instant with that much used; `first` < used <= `total`. At a closing: the closing."""
        return used + self.offsets[bisect_left(self.before, used)]

    def latest(self, used: int) -> Instant:
        """The last instant with that much used; `first` <= used < `total`. At a closing: the next opening."""
        return used + self.offsets[bisect_right(self.before, used)]

    def later(self, until: Instant, intervals: Sequence[Interval]) -> "Table":
        """This table grown to a later end by the open intervals of [self.until, until)."""
        return Table(self.since, until, _joined(self.intervals, intervals), self.first)

    def earlier(self, since: Instant, intervals: Sequence[Interval]) -> "Table":
        """This table grown to an earlier start by the open intervals of [since, self.since)."""
        first = self.first - sum(end - start for start, end in intervals)
        return Table(since, self.until, _joined(intervals, self.intervals), first)

    # Short cuts. Time is cut into buckets, most of which hold one opening or none, so that what bisection
    # would find is known beforehand. Other buckets, and those that the table fills in part only, have none.

    def forward(self, at: Instant) -> dict[int, Forward]:
        """The short cut from the instants of one bucket to used time; empty when there is none."""
        number = at >> BUCKET
        if not self.since <= number << BUCKET < (number + 1) << BUCKET <= self.until:
            return {}
        i, n = _within(self.opens, number)
        later = (self.offsets[i + 1], self.before[i + 1]) if n else (0, 0)
        return (
            {number: (self.opens[i] if n else _FAR, self.offsets[i], self.before[i], *later)} if n < 2 else {}
        )

    def back(self, used: int) -> dict[int, Back]:
        """The short cut from the used times of one bucket to earliest instants; empty when there is none."""
        number = used >> BUCKET
        if not self.first <= number << BUCKET < (number + 1) << BUCKET <= self.total:
            return {}
        i, n = _within(self.before, number)
        later = self.offsets[i + 1] if n else 0
        return {number: (self.before[i] if n else _FAR, self.offsets[i], later)} if n < 2 else {}


def _within(points: list[int], number: int) -> tuple[int, int]:
    """How many points lie before that bucket, and how many in it."""
    i = bisect_left(points, number << BUCKET)
    return i, bisect_left(points, (number + 1) << BUCKET, i) - i


def _joined(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Two neighbouring windows' intervals; what was cut at the border is whole again."""
    if left and right and left[-1][1] == right[0][0]:
        return [*left[:-1], (left[-1][0], right[0][1]), *right[1:]]
    return [*left, *right]
