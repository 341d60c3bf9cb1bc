"""What a peer's program writes down: when its handler was called for which timer. Standard library only."""

import asyncio
import signal
import sys
import time
from array import array
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.timers import kept

Note = tuple[int, int, int, int]
"""Number, due instant as the peer has it, instant of the call (µs since 1970), the peer's id of the job."""


class Notes:
    def __init__(self) -> None:
        self._taken: list[Note] = []

    def called(self, number: int, due: datetime, job: int) -> None:
        self._taken.append((number, microseconds(due), time.time_ns() // 1000, job))

    def write(self, path: Path) -> None:
        path.write_text("".join(f"{' '.join(map(str, note))}\n" for note in self._taken))


def microseconds(instant: datetime) -> int:
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def main(
    fill: Callable[[str, "array[int]"], Awaitable[None]],
    work: Callable[[str, Notes, asyncio.Event], Awaitable[None]],
    run: Callable[[Coroutine[Any, Any, None]], object] = asyncio.run,
) -> None:
    """`fill URL DUE` puts the timers of a file into the database; `work URL NOTES` works until SIGTERM."""
    verb, url, file = sys.argv[1:]
    run(_awaited(fill(url, kept(Path(file)))) if verb == "fill" else _work(work, url, Path(file)))


async def _awaited(doing: Awaitable[None]) -> None:
    await doing


async def _work(work: Callable[[str, Notes, asyncio.Event], Awaitable[None]], url: str, path: Path) -> None:
    stop, notes = asyncio.Event(), Notes()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await work(url, notes, stop)
    notes.write(path)
