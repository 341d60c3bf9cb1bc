"""Processes killed, stopped, begun anew, joined by others."""

import asyncio
import contextlib
import os
import signal
from random import Random

from cli.provisioning import SERVICES
from tests.chaos.cell import Fault, cell
from tests.chaos.stage import PARTITIONS, Stage
from tests.chaos.under import Point

TAKES_OVER_WITHIN = 120.0
"""Seconds in which a second process is up and holds what it should: on a machine that does much else."""


def _kill_9_of(service: str) -> Fault:
    async def kill(stage: Stage, rng: Random) -> str:
        stage.signal(service, signal.SIGKILL)
        return f"kill -9 {service}"

    return kill


for _service in SERVICES:
    cell(f"kill-9-{_service}")(_kill_9_of(_service))


@cell("kill-9-two")
async def kill_two(stage: Stage, rng: Random) -> str:
    two = rng.sample(SERVICES, 2)
    for service in two:
        stage.signal(service, signal.SIGKILL)
    return f"kill -9 {' and '.join(two)}"


WHO_PASSES: dict[Point, tuple[str, ...]] = {
    "before-commit": SERVICES,
    "in-commit": ("clock", "escalation", "notifier"),
    "committed": SERVICES,
    "published": SERVICES,
    "before-call": ("notifier",),
    "after-call": ("notifier",),
}


def _kill_at(point: Point) -> Fault:
    async def kill(stage: Stage, rng: Random) -> str:
        service, passage = rng.choice(WHO_PASSES[point]), rng.randint(1, 20)
        victim = stage.pid(service)
        order = stage.arm(service, point, passage)
        try:
            async with asyncio.timeout(TAKES_OVER_WITHIN):
                while order.exists() or stage.pid(service) == victim:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            order.unlink(missing_ok=True)
            raise AssertionError(f"{service} did not pass {point} {passage} times in 45 s") from None
        return f"kill -9 {service} at its passage {passage} of {point}"

    return kill


for _point in WHO_PASSES:
    cell(f"kill-9-{_point}", joins=False)(_kill_at(_point))


@cell("zombie", joins=False)
async def zombie(stage: Stage, rng: Random) -> str:
    """Stopped until another has taken everything over, and then let go on with what it was at."""
    service = rng.choice(SERVICES)
    async with stage.second(service):
        await _held_by(stage, service, "second", 1)
        pid = stage.signal(service, signal.SIGSTOP)
        try:
            await _held_by(stage, service, "second", PARTITIONS)
            await asyncio.sleep(rng.uniform(0, 2))
        finally:
            if pid is not None:
                os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(rng.uniform(1, 3))
    return f"{service} stopped until another had its partitions, then let go on"


@cell("stopped", joins=False)
async def stopped(stage: Stage, rng: Random) -> str:
    service, seconds = rng.choice(SERVICES), rng.uniform(4, 12)
    pid = stage.signal(service, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        if pid is not None:
            os.kill(pid, signal.SIGCONT)
    return f"{service} stopped for {seconds:.1f} s"


@cell("rolling-restart")
async def rolling_restart(stage: Stage, rng: Random) -> str:
    order = rng.sample(SERVICES, len(SERVICES))
    for service in order:
        pid = stage.signal(service, signal.SIGTERM)
        await stage.back(service, pid)
        await asyncio.sleep(rng.uniform(0.5, 2))
    return f"SIGTERM to {', '.join(order)}, one after the other"


@cell("replicas", joins=False)
async def replicas(stage: Stage, rng: Random) -> str:
    """A second process of each service joins, and one of the two leaves: by request, or at once."""
    async with contextlib.AsyncExitStack() as leaving:
        for service in rng.sample(SERVICES, len(SERVICES)):
            await leaving.enter_async_context(stage.second(service))
        for service in SERVICES:
            await _held_by(stage, service, "second", 1)
        await asyncio.sleep(rng.uniform(1, 4))
        service = rng.choice(SERVICES)
        name = rng.choice((service, f"{service}-2"))
        pid = stage.signal(name, signal.SIGKILL)
        await stage.back(name, pid)
        await asyncio.sleep(rng.uniform(0.5, 2))
    return f"a second process of each joined, kill -9 {name}, all second ones left"


async def _held_by(stage: Stage, service: str, owner: str, least: int) -> None:
    query = f"SELECT count(*) FROM {service}.partition WHERE owner = $1 AND expires_at > clock_timestamp()"
    async with asyncio.timeout(TAKES_OVER_WITHIN):
        while (await stage.rows(query, owner))[0][0] < least:
            await asyncio.sleep(0.05)
