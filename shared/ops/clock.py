"""The one place where a clock is read.

*Product time* is the time in which the promises run; *physical time* is the machine's. They are the same in
real time. In time-lapse, product time starts at an origin and runs faster, and since nothing else reads a
clock the whole system lives through a month in half a minute.

All instants and spans are integers of microseconds (UTC since 1970).
"""

import asyncio
import re
import sys
import time
from typing import Protocol

from shared.contracts.instant import BadInstant, parse

SLICE = 1_000_000
"""Longest physical sleep at a stretch: a clock that was set meanwhile is noticed within it."""

_LAPSE = re.compile(r"\s*([^@\s]+)\s*@\s*([^@\s]+)\s+x\s*(\d+)\s*", re.ASCII)


class BadClock(ValueError):
    """The clock setting cannot be read; the message shows what is allowed."""


class Clock(Protocol):
    """Product time, and as much of physical time as leases and measurements need."""

    @property
    def aligned(self) -> bool:
        """Whether it tells the time that all processes share. Until it does nothing may be decided by it."""
        ...

    def now(self) -> int:
        """Product time. Never goes back within a process."""
        ...

    def real_now(self) -> int:
        """Physical time, for leases between processes and measured latencies."""
        ...

    async def sleep_until(self, instant: int) -> None:
        """Return at product time `instant` or after it, never before."""
        ...

    def span(self, real_us: int) -> int:
        """The product time that passes in a physical span."""
        ...

    def at(self, real: int) -> int:
        """The product time at a physical instant, be it past."""
        ...


class RealClock:
    """The machine's clock, steady between alignments.

    The wall clock is read once; from then on the steady counter drives, so that a stepped system clock
    moves nothing. `align` ties it to a reference that all processes share: the database's clock.
    """

    def __init__(self) -> None:
        self.offset_us = _wall_minus_steady()
        self.aligned = False
        self._latest = 0

    def now(self) -> int:
        # The maximum: an alignment backwards holds time still instead of turning it round.
        self._latest = max(self._latest, self.reading())
        return self._latest

    def reading(self) -> int:
        """What the clock would say if it were free to go back."""
        return _steady() + self.offset_us

    def real_now(self) -> int:
        return self.now()

    async def sleep_until(self, instant: int) -> None:
        while (remaining := instant - self.now()) > 0:  # noqa: ASYNC110 - time is no event
            await asyncio.sleep(min(remaining, SLICE) / 1_000_000)

    def span(self, real_us: int) -> int:
        return real_us

    def at(self, real: int) -> int:
        return real

    def align(self, reference_us: int) -> int:
        """Take over the reference's present instant; returns by how much the clock was moved."""
        moved = reference_us - self.reading()
        self.offset_us += moved
        if not self.aligned:
            self.aligned = True
            self._latest = 0  # what it said before was the machine's word alone, and decided nothing
        return moved


class TimeLapse:
    """Product time is `origin` at the physical instant `anchor` and runs `speed` times as fast.

    The anchor is an instant of the wall clock, so all processes of one machine agree, also those that start
    later. Before the anchor product time stands at the origin.
    """

    aligned = True

    def __init__(self, origin: int, anchor: int, speed: int, real: RealClock | None = None) -> None:
        if speed < 1:
            raise BadClock(f"a time-lapse runs 1 time as fast or faster, not {speed}")
        self.origin = origin
        self.anchor = anchor
        self.speed = speed
        self._real = real or RealClock()

    def now(self) -> int:
        return self.at(self._real.now())

    def real_now(self) -> int:
        return self._real.now()

    async def sleep_until(self, instant: int) -> None:
        while self.now() < instant:
            # Rounded up, since the last physical microsecond may be worth a second of product time.
            physical = self.anchor - (self.origin - instant) // self.speed
            await asyncio.sleep(min(max(0, physical - self._real.now()), SLICE) / 1_000_000)

    def span(self, real_us: int) -> int:
        return real_us * self.speed

    def at(self, real: int) -> int:
        return self.origin + max(0, real - self.anchor) * self.speed


def parse_clock(setting: str) -> Clock:
    """The clock that a setting names: nothing is real time, `ORIGIN@ANCHOR x SPEED` is a time-lapse.

    Origin and anchor are RFC 3339, for example `2016-02-29T00:00:00Z@2026-11-23T10:00:00Z x 86400`.

    Raises:
        BadClock: anything else.
    """
    if not setting.strip():
        return RealClock()
    found = _LAPSE.fullmatch(setting)
    if found is None:
        raise BadClock(
            f"{setting!r} is no clock: leave it empty for real time, or write ORIGIN@ANCHOR x SPEED, "
            "for example 2016-02-29T00:00:00Z@2026-11-23T10:00:00Z x 86400"
        )
    origin, anchor, speed = found.groups()
    return TimeLapse(_instant(origin), _instant(anchor), int(speed))


def _instant(text: str) -> int:
    try:
        return parse(text)
    except BadInstant as wrong:
        raise BadClock(str(wrong)) from None


def _steady() -> int:
    """A counter that neither a stepped wall clock nor a suspended machine disturbs."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def _wall_minus_steady() -> int:
    # The tightest of some samples: being preempted between the two readings would shift the clock.
    samples = []
    for _ in range(9):
        before = _steady()
        wall = time.time_ns() // 1000
        after = _steady()
        samples.append((after - before, wall - (before + after) // 2))
    return min(samples)[1]
