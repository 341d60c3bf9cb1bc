"""Runs a service with a fuse in it: `python -m tests.chaos.under services.clock NAME ORDERS`.

The product knows nothing of it. A file ORDERS/NAME.kill that holds `POINT N` has the process kill itself, as
kill -9 does, at its N-th passage of that point from then on. ORDERS/NAME.clock holds `STEP PPM`: the
machine's wall clock is off by so many seconds, and its oscillator runs so many millionths too fast.

in-transaction   what was decided is written, nothing is committed
committed        committed, nothing of it is published
published        the wire has it, the outbox does not know
before-call      an attempt is in the committed ledger, the call was not made
after-call       the receiver has answered, the answer is on no record
"""

import os
import runpy
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any, Literal, get_args

from services.intake.store import Journal
from services.notifier.channels.voice import Voice
from shared.ops import clock
from shared.stream.store import KitStore
from shared.stream.wire_kafka import KafkaWire
from shared.stream.wire_postgres import PostgresWire

Point = Literal["in-transaction", "committed", "published", "before-call", "after-call"]
POINTS: tuple[Point, ...] = get_args(Point)


class Fuse:
    """Burns down with each passage of the point that the order names."""

    def __init__(self, order: Path) -> None:
        self._order = order
        self._read_at = 0
        self._left = 0

    def passes(self, point: Point) -> None:
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
            os.kill(os.getpid(), signal.SIGKILL)

    def around(
        self, owner: type, method: str, *, enter: Point | None = None, leave: Point | None = None
    ) -> None:
        """Put points before and behind a method; AttributeError where the product has no such method."""
        inner: Callable[..., Awaitable[Any]] = getattr(owner, method)

        @wraps(inner)
        async def fused(*arguments: Any, **named: Any) -> Any:
            if enter is not None:
                self.passes(enter)
            answer = await inner(*arguments, **named)
            if leave is not None:
                self.passes(leave)
            return answer

        setattr(owner, method, fused)


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
    fuse.around(KitStore, "save", leave="in-transaction")
    fuse.around(Journal, "admit", leave="in-transaction")
    for wire in (KafkaWire, PostgresWire):
        fuse.around(wire, "publish", enter="committed", leave="published")
    fuse.around(Voice, "call", enter="before-call", leave="after-call")
    vars(clock)["time"] = WrongTime(orders / f"{name}.clock")
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
