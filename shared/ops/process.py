"""The life and death of a process: some loops in one TaskGroup, and an ordered end.

SIGTERM, SIGINT or the death of the supervisor set `stop`; every loop finishes what it is at and returns. A
loop that crashes, or returns though nobody said stop, ends the whole process with exit code 1: whoever
started it starts it again, and a half-dead process with a green light cannot be. A second signal, or an end
that takes too long, ends at once; nothing is lost by that, only the leases have to expire.
"""

import asyncio
import contextlib
import faulthandler
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import structlog
import uvloop

from shared.ops.settings import BadSettings

LIVING = 1_000_000
"""Objects by which those alive must grow before cycles are looked for; to look through them takes a second,
and a cache of states that fills comes to as many."""
LIFELINE = "TOCSIN_LIFELINE"
"""The number of an inherited pipe that closes when the supervisor dies, however it dies."""
DRAIN = 4.0
"""Seconds for the ordered end; a supervisor kills after 5."""
BLOCKED = 30
"""Seconds for which the event loop may stand still before the process is ended with a traceback."""

Settings = TypeVar("Settings")
Loop = Callable[[asyncio.Event], Awaitable[None]]
"""Something that runs until the event is set."""

_log = structlog.get_logger(__name__)


class LoopEnded(RuntimeError):
    """A loop returned though nobody had said stop."""


class Stalled(RuntimeError):
    """A loop runs but gets nowhere."""


def run_service(read: Callable[[], Settings], wire: Callable[[Settings], Loop]) -> NoReturn:
    """Read the settings and run what `wire` makes of them; settings that cannot be used end it with 2."""
    try:
        settings = read()
    except BadSettings as wrong:
        sys.stderr.write(f"{wrong}\n")
        sys.exit(2)
    run(wire(settings))


def run(main: Loop) -> NoReturn:
    """Run `main` to its end and leave the process: 0 when told to stop, 1 when something crashed."""
    with contextlib.suppress(ValueError):  # standard error may be no file, as in tests
        faulthandler.enable()
    collect_less()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_live(main))
    except SystemExit:
        raise
    except BaseException as crash:  # noqa: BLE001 - the last frame of the process: it says why, and ends
        _log.critical("the process ends: something crashed", exc_info=crash)
        sys.exit(1)
    sys.exit(0)


def collect_less() -> None:
    """Look for cycles when there are many more objects, and never in what is there at the start.

    A batch makes thousands of objects that die with their last reference, or take the place of others in a
    cache: the number that lives stays what it is. Nothing that is done for every event leaves cycles
    (tests/bench/test_garbage.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(LIVING, 10, 20)


async def together(stop: asyncio.Event, **loops: Loop) -> None:
    """Run loops side by side, by name; the first that crashes takes the others with it.

    Raises:
        LoopEnded: in a group, as every exception of a loop is: one of them returned early.
    """

    async def guarded(name: str, loop: Loop) -> None:
        await loop(stop)
        if not stop.is_set():
            raise LoopEnded(f"the loop {name!r} ended by itself")

    async with asyncio.TaskGroup() as tasks:
        for name, loop in loops.items():
            tasks.create_task(guarded(name, loop), name=name)


class Watchdog:
    """Ends a process that is alive and gets nowhere: run `watch` beside a loop that calls `progress`."""

    def __init__(self, what: str, patience: float) -> None:
        self._what = what
        self._patience = patience
        self._last = time.monotonic()

    def progress(self) -> None:
        """Something was done, or there was nothing to do."""
        self._last = time.monotonic()

    async def watch(self, stop: asyncio.Event) -> None:
        """Run until told to stop.

        Raises:
            Stalled: no progress for as long as patience lasts.
        """
        while not stop.is_set():
            left = self._last + self._patience - time.monotonic()
            if left <= 0:
                raise Stalled(f"{self._what}: no progress for {self._patience:g} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await stop.wait()


async def _live(main: Loop) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(why: str) -> None:
        if stop.is_set():
            os._exit(1)
        _log.info("stopping", because=why)
        stop.set()
        _end_at_the_latest(DRAIN)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number.name)
    lifeline = os.environ.get(LIFELINE)
    if lifeline is not None:

        def cut() -> None:
            loop.remove_reader(int(lifeline))
            if not stop.is_set():
                end("the supervisor died")

        loop.add_reader(int(lifeline), cut)
    turning = asyncio.create_task(_prove_that_the_loop_turns())
    try:
        await main(stop)
    finally:
        turning.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _prove_that_the_loop_turns() -> None:
    while True:
        faulthandler.dump_traceback_later(BLOCKED, exit=True)
        await asyncio.sleep(1)


def _end_at_the_latest(seconds: float) -> None:
    # A thread, since what hangs may be the event loop.
    def end() -> None:
        os.write(2, f"the process did not drain within {seconds:g} s and is ended\n".encode())
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
