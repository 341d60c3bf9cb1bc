"""What a bench stands on: a PostgreSQL with stated settings, a Kafka, and how much CPU a process has used."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from shared.ops import local_kafka, local_postgres

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".tocsin" / "bench"
"""Where benches keep what they install and run; nothing of it is part of the project."""

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "min_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "track_commit_timestamp": "on",
    "track_wal_io_timing": "on",
}
"""Beside PostgreSQL's defaults. Durability is the default and is shown: fsync and synchronous_commit on."""

SEGMENTS = 128
"""Files of the log, 16 MB each, that are there before a bench begins, as on a server that has run for long.

A fresh server makes each of them in the moment in which it is needed, and every commit waits for it.
"""

_SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", *SETTINGS)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `shown` is what it says of itself: version, durability, what was set."""

    admin_url: str
    pid: int
    shown: Mapping[str, str]


@contextmanager
def postgres(name: str = "postgres", settings: Mapping[str, str] = SETTINGS) -> Iterator[Postgres]:
    """An empty server of one's own, deleted afterwards. Call it on the main thread, outside of a loop."""
    home = HOME / f"{name}-{os.getpid()}"
    server = local_postgres.start(home)
    try:
        _set(server.admin_url, settings)
        server.stop()
        server = local_postgres.start(home)
        _make_segments(server.admin_url)
        yield Postgres(server.admin_url, server.pid, _show(server.admin_url))
    finally:
        server.destroy()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def kafka(name: str = "kafka") -> Iterator[local_kafka.LocalKafka]:
    """An empty broker of one's own, deleted afterwards. Call it on the main thread."""
    broker = local_kafka.start(HOME / f"{name}-{os.getpid()}")
    try:
        yield broker
    finally:
        broker.destroy()


def ask(url: str, *statements: str) -> list[Any]:
    """The rows of the last statement. Each is a transaction of its own. Call it outside of a loop."""

    async def asking() -> list[Any]:
        connection: Any = await asyncpg.connect(url)
        try:
            answers: list[Any] = []
            for statement in statements:
                answers = await connection.fetch(statement)
            return answers
        finally:
            await connection.close()

    return asyncio.run(asking())


def cpu(*pids: int) -> float:
    """CPU seconds used so far by these processes, their descendants, and the children that have ended.

    What a descendant used stays counted when it ends, as its parent waits for it: take differences.
    """
    times, children = _processes()
    total, todo = 0.0, list(pids)
    while todo:
        pid = todo.pop()
        total += times.get(pid, 0.0)
        todo += children.get(pid, [])
    return total


def memory(*pids: int) -> int:
    """Bytes resident in these processes, without their descendants."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processes() -> tuple[dict[int, float], dict[int, list[int]]]:
    times: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended
            continue
        pid = int(place.parent.name)
        times[pid] = sum(map(int, fields[11:15])) / _TICKS
        children.setdefault(int(fields[1]), []).append(pid)
    return times, children


def _set(url: str, settings: Mapping[str, str]) -> None:
    ask(url, *(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()))


def _make_segments(url: str) -> None:
    """Fill so many, a few bytes each, and let a checkpoint take them back to be used again."""
    one = ("SELECT pg_logical_emit_message(true, 'bench', '')", "SELECT pg_switch_wal()")
    ask(url, *one * SEGMENTS, "CHECKPOINT")


def _show(url: str) -> dict[str, str]:
    shown = {"PostgreSQL": str(ask(url, "SHOW server_version")[0][0]), "WAL segments ready": str(SEGMENTS)}
    return shown | {name: str(ask(url, f"SHOW {name}")[0][0]) for name in _SHOWN}
