"""Ties a process's clock to the database's, which all processes share."""

import asyncio
import contextlib

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ops import metrics
from shared.ops.clock import RealClock
from shared.ops.database import database_now

EVERY = 10.0
"""Seconds between samples."""
SAMPLES = 3
JUMP = 500_000
"""Microseconds by which a clock may be moved without anybody hearing of it."""

_log = structlog.get_logger(__name__)


async def keep_aligned(clock: RealClock, engine: AsyncEngine, stop: asyncio.Event) -> None:
    """Align again and again until told to stop. While the database is away the clock runs on, steadily."""
    while not stop.is_set():
        try:
            await align(clock, engine)
        except (OSError, SQLAlchemyError, TimeoutError):
            metrics.CLOCK_UNALIGNED.inc()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await stop.wait()


async def align(clock: RealClock, engine: AsyncEngine) -> int:
    """Align once; returns the microseconds by which the clock was moved.

    What the database told was true at some instant between the question and the answer. Only a clock that no
    such instant can excuse is wrong, and moved: an answer that was long on its way says little.
    """
    low, high = -(1 << 62), 1 << 62
    for _ in range(SAMPLES):
        asked = _steady(clock)
        told = await database_now(engine)
        low, high = max(low, told - _steady(clock)), min(high, told - asked)
    moved = clock.align(clock.reading() + correction(clock.offset_us, low, high))
    metrics.CLOCK_MOVED.set(moved / 1_000_000)
    if abs(moved) > JUMP:
        metrics.CLOCK_JUMPS.inc()
        _log.warning("the clock was moved", microseconds=moved, because="it differed from the database's")
    return moved


def correction(offset: int, low: int, high: int) -> int:
    """By how much to move an offset that is known to lie between two others: not at all where it does."""
    return 0 if low <= offset <= high else (low + high) // 2 - offset


def _steady(clock: RealClock) -> int:
    return clock.reading() - clock.offset_us
