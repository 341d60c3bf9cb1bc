"""PostgreSQL and the broker: ended, full, silent, slow, cut off."""

import asyncio
import contextlib
import os
import signal
from random import Random

from cli.provisioning import SERVICES
from tests.chaos.cell import cell
from tests.chaos.stage import AWAY, Stage


@cell("postgres-killed")
async def postgres_killed(stage: Stage, rng: Random) -> str:
    away = rng.uniform(0, 4)
    await stage.servers.on_thread(stage.servers.postgres.kill)
    await asyncio.sleep(away)
    await stage.servers.start_postgres()
    return f"PostgreSQL ended at once, away for {away:.1f} s"


@cell("disk-full", disk=True)
async def disk_full(stage: Stage, rng: Random) -> str:
    """PostgreSQL may end itself over it: then somebody starts it again, once there is room."""
    disk, seconds = stage.servers.disk, rng.uniform(4, 10)
    assert disk is not None
    filler = disk / "filler"
    try:
        await stage.servers.on_thread(lambda: _fill(filler))
        await asyncio.sleep(seconds)
    finally:
        filler.unlink()
    await asyncio.sleep(0.2)
    ended = not stage.servers.postgres.runs
    await stage.servers.start_postgres()
    return f"the database's disk full for {seconds:.1f} s{', PostgreSQL ended' if ended else ''}"


def _fill(filler: os.PathLike[str]) -> None:
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:  # noqa: PTH123
        while True:
            file.write(bytes(1 << 20))


@cell("connections-terminated")
async def connections_terminated(stage: Stage, rng: Random) -> str:
    """By the server, in the middle of whatever they are at."""
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'tocsin\\_%'"
    times = rng.randint(5, 30)
    for _ in range(times):
        with contextlib.suppress(*AWAY):
            await stage.rows(kill)
        await asyncio.sleep(rng.uniform(0.02, 0.4))
    return f"all connections terminated {times} times"


@cell("connections-cut")
async def connections_cut(stage: Stage, rng: Random) -> str:
    """By the network: reset, and the server may not know yet."""
    times = rng.randint(5, 30)
    for _ in range(times):
        for line in stage.plan.databases.values():
            line.cut()
        await asyncio.sleep(rng.uniform(0.02, 0.4))
    return f"all lines to the database reset {times} times"


@cell("database-silent")
async def database_silent(stage: Stage, rng: Random) -> str:
    who, seconds = rng.choice((*SERVICES, "all")), rng.uniform(4, 15)
    lines = [line for name, line in stage.plan.databases.items() if who in (name, "all")]
    try:
        for line in lines:
            line.silence()
        await asyncio.sleep(seconds)
    finally:
        for line in lines:
            line.heal()
    return f"no word from the database for {who}, {seconds:.1f} s"


@cell("database-slow")
async def database_slow(stage: Stage, rng: Random) -> str:
    latency, seconds = rng.uniform(0.02, 0.3), rng.uniform(4, 12)
    try:
        for line in stage.plan.databases.values():
            line.latency = latency
        await asyncio.sleep(seconds)
    finally:
        for line in stage.plan.databases.values():
            line.heal()
    return f"{latency * 1000:.0f} ms more to the database and back again, {seconds:.1f} s"


@cell("broker-killed", wire="kafka")
async def broker_killed(stage: Stage, rng: Random) -> str:
    broker, away = stage.servers.kafka, rng.uniform(0, 4)
    assert broker is not None
    await stage.servers.on_thread(broker.kill)
    await asyncio.sleep(away)
    await stage.servers.start_kafka()
    return f"kill -9 of the broker, away for {away:.1f} s"


@cell("leader-away", wire="kafka")
async def leader_away(stage: Stage, rng: Random) -> str:
    """The one broker leads all partitions: stopped beyond the time in which it must acknowledge."""
    broker, seconds = stage.servers.kafka, rng.uniform(16, 22)
    assert broker is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):  # another fault may have killed it meanwhile
            os.kill(broker.pid, signal.SIGCONT)
    return f"the broker stopped for {seconds:.1f} s"


@cell("broker-silent", wire="kafka")
async def broker_silent(stage: Stage, rng: Random) -> str:
    seconds = rng.uniform(4, 20)
    stage.broker.silence()
    try:
        await asyncio.sleep(seconds)
    finally:
        stage.broker.heal()
    return f"no word from the broker for {seconds:.1f} s"


@cell("broker-slow", wire="kafka")
async def broker_slow(stage: Stage, rng: Random) -> str:
    stage.broker.latency, seconds = rng.uniform(0.05, 0.5), rng.uniform(4, 12)
    told = f"{stage.broker.latency * 1000:.0f} ms more to the broker and back again, {seconds:.1f} s"
    try:
        await asyncio.sleep(seconds)
    finally:
        stage.broker.heal()
    return told


@cell("broker-cut", wire="kafka")
async def broker_cut(stage: Stage, rng: Random) -> str:
    times = rng.randint(3, 15)
    for _ in range(times):
        stage.broker.cut()
        await asyncio.sleep(rng.uniform(0.05, 0.8))
    return f"all lines to the broker reset {times} times"
