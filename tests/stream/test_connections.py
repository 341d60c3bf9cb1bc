"""Connections that are kept: one that broke is never had again, whoever waits for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ops.database import connect
from shared.stream.connections import Connections

ONE = text("SELECT 1")


class Broken(Exception):
    pass


@pytest.fixture
async def connections(postgres_url: str) -> AsyncIterator[Connections]:
    engine = connect(postgres_url, application="test", pool=4)
    kept = Connections(engine, 2)
    yield kept
    await kept.close()
    await engine.dispose()


async def answers(connections: Connections) -> AsyncConnection:
    async with connections.one() as conn:
        assert (await conn.execute(ONE)).scalar_one() == 1
        return conn


async def breaks(connections: Connections) -> None:
    async with connections.one() as conn:
        await conn.execute(ONE)
        raw = (await conn.get_raw_connection()).driver_connection
        assert raw is not None
        raw.terminate()
        raise Broken


async def test_a_statement_gets_the_connection_of_the_one_before(connections: Connections) -> None:
    assert await answers(connections) is await answers(connections)


async def test_what_broke_is_not_had_again(connections: Connections) -> None:
    before = await answers(connections)
    with pytest.raises(Broken):
        await breaks(connections)
    assert await answers(connections) is not before


async def test_nor_by_those_who_wait_while_it_is_given_back(connections: Connections) -> None:
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for _ in range(50):
            breaking = group.create_task(_seen_to_break(connections))
            for _ in range(5):
                group.create_task(answers(connections))
            await breaking


async def _seen_to_break(connections: Connections) -> None:
    with pytest.raises(Broken):
        await breaks(connections)
