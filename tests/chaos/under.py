"""Runs a service with a fuse in it: `python -m tests.chaos.under services.clock NAME ORDERS`.

The product knows nothing of it. A file ORDERS/NAME.kill that holds `POINT N` has the process kill itself, as
kill -9 does, at its N-th passage of that point from then on. ORDERS/NAME.clock holds `STEP PPM`: the
machine's wall clock is off by so many seconds, and its oscillator runs so many millionths too fast.

before-commit    everything is decided (at a door: written), nothing is committed
in-commit        the statement that commits is on its way, or its answer is
committed        committed, nothing of it is published
published        the wire has it, the outbox does not know
before-call      an attempt is in the committed ledger, the call was not made
after-call       the receiver has answered, the answer is on no record
"""

import os
import random
import runpy
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, Literal

from services.intake.store import Journal
from services.notifier.channels.voice import Voice
from shared.ops import clock
from shared.stream.store import KitStore
from shared.stream.wire_kafka import KafkaWire
from shared.stream.wire_postgres import PostgresWire

Point = Literal["before-commit", "in-commit", "committed", "published", "before-call", "after-call"]
A_COMMIT = 0.004
"""Seconds in which a commit is done, as a rule."""


class Fuse:
    """Burns down with each passage of the point that the order names."""

    def __init__(self, order: Path) -> None:
        self._order = order
        self._read_at = 0
        self._left = 0

    def passes(self, point: Point, later: float = 0) -> None:
        """End here, or up to so many seconds later, if the fuse has burnt down."""
        try:
            written = self._order.stat().st_mtime_ns
            wanted, _, count = self._order.read_text().partition(" ")
        except FileNotFoundError:
            return
        if wanted != point:
            return
        if written != self._read_at:
            self._read_at, self._left = written, int(count)
        self._left -= 1
        if self._left <= 0:
            self._order.unlink()
            if later:
                threading.Timer(random.uniform(0, later), _kill_9).start()
            else:
                _kill_9()

    def around(
        self,
        owner: type,
        method: Callable[..., Awaitable[Any]],
        *,
        enter: Point | None = None,
        during: Point | None = None,
        leave: Point | None = None,
    ) -> None:
        """Put points before, into and behind a method of the product."""

        @wraps(method)
        async def fused(*arguments: Any, **named: Any) -> Any:
            if enter is not None:
                self.passes(enter)
            if during is not None:
                self.passes(during, later=A_COMMIT)
            answer = await method(*arguments, **named)
            if leave is not None:
                self.passes(leave)
            return answer

        setattr(owner, method.__name__, fused)


def _kill_9() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class WrongTime:
    """`time` as the one module sees it that reads clocks: wrong by what the order says."""

    def __init__(self, order: Path) -> None:
        self._order = order
        self._read_at = -1
        self._step_ns = 0
        self._ppm = 0
        self._drift_ns = 0
        self._since_ns = 0

    def time_ns(self) -> int:
        self._look()
        return time.time_ns() + self._step_ns + self._drifted()

    def clock_gettime_ns(self, which: int) -> int:
        self._look()
        return time.clock_gettime_ns(which) + self._drifted()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def _drifted(self) -> int:
        return self._drift_ns + (time.monotonic_ns() - self._since_ns) * self._ppm // 1_000_000

    def _look(self) -> None:
        try:
            written = self._order.stat().st_mtime_ns
            order = self._order.read_text() if written != self._read_at else ""
        except FileNotFoundError:
            written, order = 0, "0 0" if self._read_at else ""
        if order:
            self._drift_ns, self._since_ns = self._drifted(), time.monotonic_ns()
            seconds, ppm = order.split()
            self._step_ns, self._ppm, self._read_at = int(seconds) * 1_000_000_000, int(ppm), written


def main(module: str, name: str, orders: Path) -> None:
    fuse = Fuse(orders / f"{name}.kill")
    fuse.around(KitStore, KitStore.commit, enter="before-commit", during="in-commit")
    fuse.around(Journal, Journal.admit, leave="before-commit")
    fuse.around(KafkaWire, KafkaWire.publish, enter="committed", leave="published")
    fuse.around(PostgresWire, PostgresWire.publish, enter="committed", leave="published")
    fuse.around(Voice, Voice.call, enter="before-call", leave="after-call")
    vars(clock)["time"] = WrongTime(orders / f"{name}.clock")
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
