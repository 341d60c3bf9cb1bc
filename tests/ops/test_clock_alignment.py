"""All processes follow the database's clock."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ops import clock_alignment
from shared.ops.clock import RealClock
from shared.ops.clock_alignment import align, correction, keep_aligned
from shared.ops.database import connect, database_now

HOUR = 3_600_000_000


async def test_a_clock_that_is_an_hour_off_is_set(database_url: str) -> None:
    engine = connect(database_url, application="test")
    clock = RealClock()
    clock.offset_us -= HOUR
    moved = await align(clock, engine)
    assert abs(moved - HOUR) < 60_000_000
    before = await database_now(engine)
    between = clock.reading()
    after = await database_now(engine)
    assert before - 250_000 <= between <= after + 250_000
    await engine.dispose()


def test_an_answer_that_was_long_on_its_way_moves_no_clock_that_may_be_right() -> None:
    assert correction(100, low=40, high=160) == 0
    assert correction(100, low=-90, high=100) == 0
    assert correction(100, low=120, high=160) == 40
    assert correction(100, low=20, high=80) == -50


async def test_several_that_align_one_clock_at_once_move_it_once(database_url: str) -> None:
    engine = connect(database_url, application="test")
    clock = RealClock()
    clock.offset_us -= HOUR
    await asyncio.gather(*(align(clock, engine) for _ in range(5)))
    told = await database_now(engine)
    assert abs(clock.reading() - told) < 60_000_000
    await engine.dispose()


async def test_what_a_clock_said_before_it_was_first_set_does_not_hold_it_up(database_url: str) -> None:
    engine = connect(database_url, application="test")
    clock = RealClock()
    clock.offset_us += HOUR
    ahead = clock.now()
    assert not clock.aligned
    await align(clock, engine)
    assert clock.aligned
    assert clock.now() < ahead - HOUR // 2
    clock.offset_us += HOUR
    ahead = clock.now()
    await align(clock, engine)
    assert clock.now() == ahead  # from now on it never goes back
    await engine.dispose()


async def test_a_slow_way_to_the_database_never_puts_a_clock_ahead_of_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked_late(engine: AsyncEngine) -> int:
        await asyncio.sleep(0.3)
        return await database_now(engine)

    monkeypatch.setattr(clock_alignment, "database_now", asked_late)
    engine = connect(database_url, application="test")
    clock = RealClock()
    await align(clock, engine)
    told = clock.reading()
    assert told <= await database_now(engine)
    await engine.dispose()


async def test_without_a_database_the_clock_runs_on(database_url: str) -> None:
    nobody = connect("postgresql://a:b@127.0.0.1:1/c", application="test")
    stop = asyncio.Event()
    clock = RealClock()
    before = clock.offset_us
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_aligned(clock, nobody, stop))
        await asyncio.sleep(0.1)
        stop.set()
    assert clock.offset_us == before
    await nobody.dispose()
