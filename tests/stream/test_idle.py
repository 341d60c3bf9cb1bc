"""A partition that has nothing to do sleeps, whatever it was woken for."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.stream.due import Due
from shared.stream.engine import Engine
from shared.stream.store import KitStore
from tests.stream.conftest import DIARY, PARTITIONS, Diary, Station, running

EVERY = 100_000
"""Microseconds between two looks ahead: half of what is held in memory."""


async def test_who_is_woken_for_nothing_goes_back_to_sleep(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """News comes amid a look ahead, and then there is nothing to do."""
    engine = Engine(DIARY, station.ground())
    rounds = 0
    look_ahead, due = Due.look_ahead, KitStore.due

    async def counted(one: Due, now: int) -> list[str]:
        nonlocal rounds
        rounds += 1
        return await look_ahead(one, now)

    async def disturbed(
        store: KitStore[Diary], conn: AsyncConnection, partition: int, until: int, limit: int
    ) -> list[tuple[int, str]]:
        found = await due(store, conn, partition, until, limit)
        runner, _ = vars(engine)["_runners"][partition]
        vars(runner)["_news"].set()
        return found

    monkeypatch.setattr(Due, "look_ahead", counted)
    monkeypatch.setattr(KitStore, "due", disturbed)
    monkeypatch.setattr("shared.stream.runner.LOOK_AHEAD", 2 * EVERY)
    async with running(engine):
        async with asyncio.timeout(20):
            while engine.held < PARTITIONS:  # noqa: ASYNC110 - another task's
                await asyncio.sleep(0.05)
        rounds = 0
        await asyncio.sleep(20 * EVERY / 1_000_000)
        assert rounds < 100 * PARTITIONS
