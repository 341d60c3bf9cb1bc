"""Trouble made on purpose: services killed and a broker gone, to see that nothing is lost by it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cli.local.system import Ground
from cli.provisioning import SERVICES
from shared.contracts.instant import SECOND, Instant
from shared.ops import local_kafka
from shared.ops.clock import Clock, RealClock


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is to happen on the way through a log."""

    ground: Ground
    console: Console
    kill: bool = False
    broker_away: int = 0
    """Physical seconds."""

    async def make(self, times: Sequence[Instant], clock: Clock) -> None:
        """Spread it over the log: `times` are its events' own, so that it happens where much is to do."""
        parts = len(SERVICES) + 1
        for number, service in enumerate(SERVICES, 1):
            await clock.sleep_until(times[len(times) * number // parts])
            if self.kill and (pid := pid_of(service)) is not None:
                self.console.print(f"[yellow]kill -9 {pid}: {service}[/]")
                os.kill(pid, signal.SIGKILL)
            if self.broker_away and number == len(SERVICES) // 2:
                await self._take_broker_away()

    async def _take_broker_away(self) -> None:
        broker = self.ground.broker
        if broker is None:
            return
        self.console.print(f"[yellow]the broker stops for {self.broker_away} s[/]")
        await asyncio.to_thread(broker.stop)
        real = RealClock()
        await real.sleep_until(real.now() + self.broker_away * SECOND)
        port = int(broker.bootstrap.rpartition(":")[2])
        self.ground.broker = await asyncio.to_thread(local_kafka.start, broker.home, port)
        self.console.print("[yellow]the broker is back[/]")


def pid_of(service: str) -> int | None:
    """The process that runs a service under this one; found on Linux alone."""
    return child_with(f"services.{service}")


def child_with(argument: str) -> int | None:
    """The process under this one that was given the argument; found on Linux alone."""
    children = Path("/proc/self/task") / str(os.getpid()) / "children"
    for pid in children.read_text().split() if children.exists() else []:
        with contextlib.suppress(FileNotFoundError):  # it may end while we look
            argv = (Path("/proc") / pid / "cmdline").read_bytes().split(b"\0")
            if argument.encode() in argv:
                return int(pid)
    return None
