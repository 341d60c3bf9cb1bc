"""Doing more at once where much comes: a turn for three hundred facts costs much less than three for a
hundred each. Where little comes, turns are short, and so is what a fact waits for others.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shared.contracts.instant import Instant
from shared.ops.clock import Clock
from shared.stream.wire import Record

EACH = 0.000_15
"""Seconds that the reader rests for each fact that it has brought."""
LONGEST_READER_REST = 0.02
LONGEST_REST = 50_000
"""Physical microseconds that facts wait at most, to be handled with those that follow."""


def reader_rest(found: Sequence[Record]) -> float:
    """Seconds until the wire is read again: the more came, the more is read at once next time."""
    return min(LONGEST_READER_REST, EACH * len(found))


class Pace:
    """Of one partition: after a turn it rests for as long as the turn took."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rests_until = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The block is a turn."""
        began = self._clock.real_now()
        yield
        ended = self._clock.real_now()
        self._rests_until = ended + min(LONGEST_REST, ended - began)

    def rest(self, now: Instant, upcoming: Instant | None) -> float:
        """Physical seconds that are left of the rest, at most until what is due next; 0 for none."""
        left = self._rests_until - self._clock.real_now()
        if upcoming is not None:
            left = min(left, (upcoming - now) * 1_000_000 // self._clock.span(1_000_000))
        return max(0, left) / 1_000_000
