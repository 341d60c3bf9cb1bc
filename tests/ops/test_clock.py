"""Time: real, time-lapse, set by hand."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ops import clock as clock_module
from shared.ops.clock import BadClock, RealClock, TimeLapse, parse_clock
from tests.support.manual_clock import ManualClock

SECOND = 1_000_000
FEBRUARY_29 = 1_456_704_000 * SECOND  # 2016-02-29T00:00:00Z


def test_nothing_is_real_time() -> None:
    clock = parse_clock("")
    assert isinstance(clock, RealClock)
    assert abs(clock.now() - time.time_ns() // 1000) < SECOND
    assert clock.span(7) == 7


def test_a_time_lapse_is_read_with_any_zone() -> None:
    clock = parse_clock("2016-02-29T01:00:00+01:00@2026-11-23T10:00:00Z x 86400")
    assert isinstance(clock, TimeLapse)
    assert (clock.origin, clock.anchor, clock.speed) == (FEBRUARY_29, 1_795_428_000 * SECOND, 86_400)
    assert clock.span(2) == 172_800


@pytest.mark.parametrize(
    "setting",
    [
        "fast",
        "2016-02-29T00:00:00Z x 5",
        "2016-02-29T00:00:00@2026-11-23T10:00:00Z x 5",
        "2016-02-30T00:00:00Z@2026-11-23T10:00:00Z x 5",
        "2016-02-29T00:00:00Z@2026-11-23T10:00:00Z x 0",
        "2016-02-29T00:00:00Z@2026-11-23T10:00:00Z x -1",
    ],
)
def test_anything_else_is_refused(setting: str) -> None:
    with pytest.raises(BadClock):
        parse_clock(setting)


def test_two_processes_agree_though_they_started_apart() -> None:
    anchor = RealClock().now()
    first = TimeLapse(FEBRUARY_29, anchor, 1000)
    second = TimeLapse(FEBRUARY_29, anchor, 1000)
    before, between, after = first.now(), second.now(), first.now()
    # To a physical millisecond: the wall clock is sampled by each.
    assert before - SECOND <= between <= after + SECOND


def test_before_its_anchor_a_time_lapse_stands_at_the_origin() -> None:
    clock = TimeLapse(FEBRUARY_29, RealClock().now() + 3600 * SECOND, 86_400)
    assert clock.now() == FEBRUARY_29


@pytest.mark.parametrize("lead", [0, 1, 400, 20_000])
async def test_nobody_wakes_early(lead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "SLICE", 5000)
    real = RealClock()
    lapse = TimeLapse(FEBRUARY_29, real.now(), 977)
    for clock in (real, lapse):
        due = clock.now() + clock.span(lead) + 1
        await clock.sleep_until(due)
        assert clock.now() >= due


async def test_a_step_of_the_reference_is_noticed_while_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "SLICE", 1000)
    clock = RealClock()
    asleep = asyncio.ensure_future(clock.sleep_until(clock.now() + 3600 * SECOND))
    await asyncio.sleep(0)
    moved = clock.align(clock.now() + 3600 * SECOND)
    assert abs(moved - 3600 * SECOND) < SECOND
    async with asyncio.timeout(10):
        await asleep


def test_time_stands_still_rather_than_going_back() -> None:
    clock = RealClock()
    clock.align(clock.now())
    before = clock.now()
    clock.align(before - 3600 * SECOND)
    assert clock.now() == before


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20))
def test_by_hand_sleepers_wake_in_due_order_each_at_its_instant(leads: list[int]) -> None:
    async def timeline() -> None:
        clock = ManualClock(0)
        woken: list[tuple[int, int]] = []

        async def sleeper(due: int) -> None:
            await clock.sleep_until(due)
            woken.append((due, clock.now()))

        async with asyncio.TaskGroup() as group:
            for lead in leads:
                group.create_task(sleeper(lead))
            await clock.settle()
            await clock.advance(1000)
        assert woken == [(due, due) for due in sorted(leads)]

    asyncio.run(timeline())


async def test_by_hand_a_sleeper_that_gave_up_is_forgotten() -> None:
    clock = ManualClock(0)
    asleep = asyncio.ensure_future(clock.sleep_until(10))
    await clock.settle()
    assert clock.next_wake == 10
    asleep.cancel()
    await clock.settle()
    assert clock.next_wake is None
    await clock.advance(20)
