"""Doing more at once where much comes: a turn for three hundred facts costs much less than three for a
hundred each. Where little comes, turns are short, and so is what a fact waits for others.
"""

from collections.abc import Sequence
from math import exp

from shared.contracts.instant import Instant
from shared.ops.clock import Clock
from shared.stream.wire import Record

EACH_READ = 0.000_3
"""Seconds that the reader rests for each fact that it has brought."""
LONGEST_READER_REST = 0.04
EACH = 1_000
"""Physical microseconds that a partition rests for each fact that it has handled: longer than a fact takes
anywhere, so that who is busy works by the hundred, and short for who handles a few at a time."""
LONGEST_REST = 100_000
"""Physical microseconds that facts wait at most, to be handled with those that follow."""
BUSY = 500
"""Facts in about a second: beyond it, what is due waits for the end of a rest like everything else."""


def reader_rest(found: Sequence[Record]) -> float:
    """Seconds until the wire is read again: the more came, the more is read at once next time."""
    return min(LONGEST_READER_REST, EACH_READ * len(found))


class Pace:
    """Of one partition: after a turn it rests, the longer the more there was to do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rests_until = self._at = 0
        self._recent = 0.0
        """Facts handled in about the last second."""

    def handled(self, facts: int) -> None:
        """A turn has ended."""
        now = self._clock.real_now()
        self._recent = self._recent * exp((self._at - now) / 1_000_000) + facts
        self._at, self._rests_until = now, now + min(LONGEST_REST, EACH * facts)

    def rest(self, now: Instant, upcoming: Instant | None) -> float:
        """Physical seconds that are left of the rest; at most until what is due next, unless much comes."""
        left = self._rests_until - self._clock.real_now()
        if upcoming is not None and self._recent < BUSY:
            left = min(left, (upcoming - now) * 1_000_000 // self._clock.span(1_000_000))
        return max(0, left) / 1_000_000
