"""PostgreSQL and Kafka of a run's own, which can be ended and started again, on a disk that can be filled."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from shared.ops import local_kafka, local_postgres
from shared.ops.local_kafka import LocalKafka
from shared.ops.local_postgres import LocalPostgres

SMALL_DISK = "2g"
"""The size of the file system for PostgreSQL's data, where one may be mounted."""
_CLONE_NEWNS = 0x20000
T = TypeVar("T")


@dataclass
class Servers:
    """PostgreSQL and perhaps Kafka. They are started by a thread that lives as long as they may."""

    home: Path
    postgres: LocalPostgres
    thread: ThreadPoolExecutor
    kafka: LocalKafka | None = None
    advertised: int = 0
    disk: Path | None = None
    """The small file system that PostgreSQL's data are on, where there is one."""
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def postgres_port(self) -> int:
        return urlsplit(self.postgres.admin_url).port or 0

    @property
    def kafka_port(self) -> int:
        return int(self.kafka.bootstrap.rpartition(":")[2]) if self.kafka is not None else 0

    async def on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    async def start_postgres(self) -> None:
        async with self.starting:
            if not self.postgres.runs:
                self.postgres.kill()
                self.postgres = await self.on_thread(lambda: local_postgres.start(self.home / "postgres"))

    async def start_kafka(self) -> None:
        async with self.starting:
            if self.kafka is None:
                self.kafka = await self._broker(None)
            elif not self.kafka.runs:
                self.kafka.kill()
                self.kafka = await self._broker(self.kafka_port)

    async def _broker(self, port: int | None) -> LocalKafka:
        home, advertised = self.home / "kafka", self.advertised
        return await self.on_thread(lambda: local_kafka.start(home, port, advertised=advertised))

    def end(self) -> None:
        self.postgres.stop()
        place = self.postgres.data.parent
        if self.disk is not None:
            subprocess.run(["/bin/umount", "--lazy", str(place)], check=False)
        shutil.rmtree(place, ignore_errors=True)
        if self.kafka is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.kafka.pid, signal.SIGCONT)
            self.kafka.kill()


def own_mounts() -> bool:
    """Give this process mounts of its own, which go when it does; False where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(_CLONE_NEWNS) != 0:
        return False
    made = subprocess.run(["/bin/mount", "--make-rprivate", "/"], check=False, capture_output=True)
    return made.returncode == 0


def small_disk(home: Path) -> Path | None:
    """Mount a file system that can be filled where a PostgreSQL will keep its data; after `own_mounts`."""
    place, user = local_postgres.place(home)
    owner = f",uid={user.uid},gid={user.gid}" if user else ""
    options = f"size={SMALL_DISK},mode=700{owner}"
    argv = ["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return place if subprocess.run(argv, check=False, capture_output=True).returncode == 0 else None


@asynccontextmanager
async def running_servers(home: Path, *, mounts: bool) -> AsyncIterator[Servers]:
    thread = ThreadPoolExecutor(1)

    def start() -> Servers:
        disk = small_disk(home / "postgres") if mounts else None
        return Servers(home, local_postgres.start(home / "postgres"), thread, disk=disk)

    started = await asyncio.get_running_loop().run_in_executor(thread, start)
    try:
        yield started
    finally:
        started.end()
        thread.shutdown()
