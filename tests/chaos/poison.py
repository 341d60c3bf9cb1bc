"""A record on the wire that nobody can read: a dead letter in every service, one case parked, none harmed."""

import asyncio
import os
import sys
from random import Random

from cli.provisioning import SERVICES
from shared.contracts.envelope import key_of, partition_of
from shared.contracts.topics import CASES
from shared.ops.clock import RealClock
from shared.stream.wire import Record
from tests.chaos.load import now_event
from tests.chaos.stage import PARTITIONS, TENANT, Stage

HEARERS = tuple(service for service in SERVICES if service != "intake")
"""Who hears of cases."""
_WITHIN = 60


async def poison(stage: Stage, rng: Random) -> str:
    clock = RealClock()
    case = f"POISON-{rng.randrange(1 << 48):012x}"
    key = key_of(TENANT, case)
    post = stage.post
    await post(now_event(case, "case.opened", case, clock.now(), customer="acme", severity="P3"))
    wire = stage.system.wire()
    try:
        record = Record(
            CASES, partition_of(key, PARTITIONS), key, (("ce_type", b"case.opened"),), b"{ poison"
        )
        await wire.publish([record])
        stage.poisoned += 1
    finally:
        await wire.close()
    for service in HEARERS:
        await _until(stage, f"SELECT count(*) FROM {service}.dead_letter WHERE key = $1", key, 1)
    await post(now_event(f"{case}-2", "support.replied", case, clock.now()))
    await post(now_event(f"{case}-3", "case.resolved", case, clock.now(), resolution="fix"))
    for service in HEARERS:
        heard = f"SELECT (thread -> 'heard' -> '{CASES}' ->> 'last')::int FROM {service}.state WHERE key = $1"
        await _until(stage, heard, key, 3)
    await asyncio.gather(*(_discard(stage, service, key) for service in HEARERS))
    for service in HEARERS:
        await _until(stage, f"SELECT (count(*) = 0)::int FROM {service}.dead_letter WHERE key = $1", key, 1)
    met = (
        "SELECT count(*) FROM clock.state WHERE key = $1 AND wake_at IS NULL AND body::text LIKE '%\"met\"%'"
    )
    await _until(stage, met, key, 1)
    return f"a record that cannot be read for {case}; discarded, and the case went on"


async def _discard(stage: Stage, service: str, key: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        "dead-letters",
        "discard",
        service,
        key,
        env={**os.environ, "TOCSIN_ADMIN_URL": stage.system.admin_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"tocsin dead-letters discard {service} {key}: {said.decode()}"


async def _until(stage: Stage, query: str, key: str, wanted: int) -> None:
    try:
        async with asyncio.timeout(_WITHIN):
            while not (found := await stage.rows(query, key)) or (found[0][0] or 0) < wanted:
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{query} for {key} did not become {wanted} within {_WITHIN} s") from None
