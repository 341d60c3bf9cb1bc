"""The invented month on a real system: it ends as the pure functions say, whatever is killed meanwhile.

Four processes, real PostgreSQL, both wires. The receivers' own logs are the truth about what went out.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.provisioning import SERVICES
from cli.replay.command import Replayed
from shared.ops import local_kafka
from shared.ops.local_kafka import LocalKafka
from shared.ops.local_server import CannotStart
from tests.system.conftest import World, living

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.xdist_group("system")]


OUTAGE = 6.0
"""Seconds: at this speed, twelve days of the story."""


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[LocalKafka]:
    """A broker that the test may kill."""
    try:
        broker = local_kafka.start(tmp_path / "kafka")
    except CannotStart as missing:
        pytest.skip(f"no Kafka of our own: {missing}")
    yield broker
    broker.kill()


@pytest.fixture(params=["postgres", "kafka"])
def wire(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The wire's name, and the broker where it has one."""
    kafka = request.getfixturevalue("kafka_bootstrap") if request.param == "kafka" else ""
    return request.param, kafka


async def test_a_log_ends_on_the_system_as_in_the_pure_functions(
    wire: tuple[str, str], fresh_system: str, tmp_path: Path
) -> None:
    async with living(tmp_path, fresh_system, *wire) as (world, replayed):
        outcome = await replayed()
        assert outcome.differences == []
        assert outcome.totals()["clocks"] > 250
        assert outcome.totals()["breaches"] > 20
        assert len(await assert_the_ledger_is_true(world, outcome)) > 10
        assert set(world.effects().values()) == {1}


async def test_kill_9_of_each_service_changes_no_clock_and_doubles_no_effect(
    wire: tuple[str, str], fresh_system: str, tmp_path: Path
) -> None:
    async with living(tmp_path, fresh_system, *wire) as (world, replayed):
        telling = replayed()
        await until_pages_go_out(world)
        for service in SERVICES:
            await world.kill(service)
            await asyncio.sleep(1.5)  # under load again before the next
        outcome = await telling
        assert outcome.differences == []
        assert len(await assert_the_ledger_is_true(world, outcome)) > 10


async def test_a_broker_that_is_away_for_a_while_loses_nothing(
    own_broker: LocalKafka, fresh_system: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Intake goes on accepting meanwhile; afterwards everything arrives."""
    async with living(tmp_path, fresh_system, "kafka", own_broker.bootstrap) as (world, replayed):
        telling = replayed()
        async with asyncio.timeout(120):
            while (before := await world.accepted()) < 50:  # noqa: ASYNC110 - a metric
                await asyncio.sleep(0.05)
        own_broker.kill()
        await asyncio.sleep(OUTAGE)
        assert await world.accepted() > before
        again = local_kafka.start(own_broker.home)
        request.addfinalizer(again.destroy)
        outcome = await telling
        assert outcome.differences == []
        # Few: of what is over by the time the broker is back, nobody is told any more.
        assert await assert_the_ledger_is_true(world, outcome)


async def until_pages_go_out(world: World) -> None:
    """The story has begun: the outside has heard of it."""
    async with asyncio.timeout(120):
        while not world.effects():  # noqa: ASYNC110 - two receivers
            await asyncio.sleep(0.05)


async def assert_the_ledger_is_true(world: World, outcome: Replayed) -> Counter[str]:
    """What arrived is on record under its one key; what is recorded as sent has arrived.

    A key arrived a second time only where the record says that an attempt's fate was not known. Returns
    what arrived.
    """
    ledger = await world.at_rest(outcome.clocks)
    arrived = world.effects()
    assert set(arrived) <= set(ledger)
    assert {effect for effect, one in ledger.items() if one["status"] == "sent"} <= set(arrived)
    for effect, times in arrived.items():
        fates = [attempt["fate"] for attempt in ledger[effect]["attempts"]]
        assert times <= 1 + fates.count("unknown"), f"{effect} arrived {times} times: {fates}"
    return arrived
