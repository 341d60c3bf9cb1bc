"""Statements by name, on the driver's own connection: within the transaction that one is in, or in none."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.stream.statement import Statement
from tests.stream.conftest import Station

ADD = Statement("SELECT CAST(:one AS int) + CAST(:other AS int), CAST(:one AS int)::text")


@pytest.fixture
def engine(station: Station) -> AsyncEngine:
    return station.ground("alone").engine


async def test_parameters_go_by_their_names(engine: AsyncEngine) -> None:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        assert [tuple(row) for row in await ADD.rows(conn, {"other": 2, "one": 1})] == [(3, "1")]
        with pytest.raises(KeyError, match="other"):
            await ADD.rows(conn, {"one": 1})


async def test_in_a_transaction_it_waits_for_sqlalchemy_to_begin_it(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        with pytest.raises(RuntimeError, match="has not begun"):
            await ADD.rows(conn, {"one": 1, "other": 2})


async def test_what_it_writes_in_a_transaction_is_rolled_back_with_it(engine: AsyncEngine) -> None:
    write = Statement("INSERT INTO member (owner, expires_at) VALUES (:owner, clock_timestamp())")
    count = text("SELECT count(*) FROM member WHERE owner = 'rolled back'")
    async with engine.connect() as conn:
        assert await conn.scalar(count) == 0
        await write.rows(conn, {"owner": "rolled back"})
        assert await conn.scalar(count) == 1
        await conn.rollback()
        assert await conn.scalar(count) == 0
