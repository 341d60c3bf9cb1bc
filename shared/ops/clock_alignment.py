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
    """Align once, never ahead of the database; returns the microseconds by which the clock was moved.

    When an answer is here, the database's clock has gone on since. The answer that came back quickest is the
    nearest: so the clock is behind by that way alone, and nothing that is due can be committed early.
    """
    nearest = -(1 << 62)
    for _ in range(SAMPLES):
        told = await database_now(engine)
        nearest = max(nearest, told - clock.reading())
    moved = clock.align(clock.reading() + nearest)
    metrics.CLOCK_MOVED.set(moved / 1_000_000)
    if abs(moved) > JUMP:
        metrics.CLOCK_JUMPS.inc()
        _log.warning("the clock was moved", microseconds=moved, because="it differed from the database's")
    return moved
