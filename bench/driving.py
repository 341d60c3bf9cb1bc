"""Drives load at a rate, whatever comes back: what is late is sent all the same, and its time counts."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.load import Desk
from bench.sender import Sender

TICK = 0.002
PAGE = "page.requested"


async def drive(
    sender: Sender,
    desk: Desk,
    rate: float,
    seconds: float,
    batch: int,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Post `rate` events a second in batches for so long; returns how many.

    A batch is due with its last event.
    """
    began = time.perf_counter()
    posted = 0
    while not stop():
        now = time.perf_counter()
        upto = min(now - began, seconds) * rate
        while posted + batch <= upto:
            posted += batch
            sender.post(desk.events(batch), began + posted / rate)
        if now - began >= seconds:
            break
        await asyncio.sleep(TICK)
    return posted


async def open_all(sender: Sender, desk: Desk, live: int, batch: int, rate: float) -> None:
    """Open the desk's live cases, so that what follows has the log's mix."""
    await drive(sender, desk, rate, live / rate, batch)
    await sender.settle(120)


def pages(log: Path, opened: Mapping[str, int]) -> list[float]:
    """Milliseconds from each critical opening to the acceptance of its first page, as they arrived."""
    first: dict[str, int] = {}
    for line in log.read_text().splitlines():
        at, kind, subject, _ = line.split("\t")
        if kind == PAGE and subject in opened:
            first.setdefault(subject, int(at))
    return [(at - opened[subject]) / 1e6 for subject, at in first.items()]


def arrived(log: Path) -> int:
    """Messages that the receiver has taken so far."""
    return log.read_bytes().count(b"\n")
