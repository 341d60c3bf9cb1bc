"""Waiting, and trying again: for events, for as long as it takes, with jitter."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import structlog

from shared.stream.transient import TryAgain, transient

T = TypeVar("T")

GRACE = 1.0
"""Seconds in which work under way may end by itself: a connection that is cut in the middle leaks."""

LONGEST_WAIT = 5.0
"""Seconds; also the longest time after which a healed dependency is noticed."""

_log = structlog.get_logger(__name__)


async def first(
    *events: asyncio.Event, within: float | None = None, also: Coroutine[Any, Any, None] | None = None
) -> None:
    """Return when any of the events is set, when `also` has returned, or after `within` seconds."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_set(event)) for event in events]
        if also is not None:
            tasks.append(group.create_task(also))
        await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T], grace: float = 0) -> T | None:
    """The outcome of `work`; None when it is not done `grace` seconds after `stop`: then it is cancelled."""
    loop = asyncio.get_running_loop()
    working, stopping = loop.create_task(work), loop.create_task(_set(stop))
    try:
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait([working], timeout=grace)
        if working.done():
            return working.result()
    finally:
        stopping.cancel()
        working.cancel()
    await asyncio.wait([working])
    return None


def patience() -> Iterator[float]:
    """Seconds to wait before the next try: doubling from 50 ms, the upper half of each at random."""
    longest = 0.05
    while True:
        yield longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads retries, decides nothing
        longest = min(LONGEST_WAIT, longest * 2)


async def insist(
    attempt: Callable[[], Coroutine[Any, Any, None]],
    stop: asyncio.Event,
    otherwise: str,
    because: Callable[[str], None] = lambda _: None,
) -> None:
    """Do it, however long its dependencies stay away, unless told to stop.

    Meanwhile `otherwise` is said, and `because` hears the reason.
    """
    waits = patience()
    while not stop.is_set():
        try:
            with transient():
                await unless(stop, attempt(), GRACE)
                return
        except TryAgain as away:
            delay = next(waits)
            because(str(away))
            _log.warning(otherwise, again_in=round(delay, 2), why=str(away))
            await first(stop, within=delay)


async def give_way() -> None:
    """Let whatever else is ready to run do so first."""
    await asyncio.sleep(0)  # noqa: TID251 - no time is waited for
