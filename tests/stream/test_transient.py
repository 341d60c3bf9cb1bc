"""What passes by itself is tried again; a connection that was cut between two uses passes too."""

import pytest
from asyncpg.exceptions._base import InternalClientError
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.ops.database import connect
from shared.stream.transient import TryAgain, transient


async def test_a_raw_connection_that_was_cut_is_tried_again(database_url: str) -> None:
    engine = connect(database_url, application="test", pool=1)
    async with engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        raw.terminate()
        with pytest.raises(TryAgain, match="closed"), transient():
            await raw.add_listener("channel", lambda *_: None)
        await connection.invalidate()
    await engine.dispose()


def test_so_is_one_that_the_server_is_about_to_end() -> None:
    with pytest.raises(TryAgain, match="another operation"), transient():
        raise InternalClientError("cannot switch to state 12; another operation (2) is in progress")


async def test_a_mistake_in_a_statement_is_not(database_url: str) -> None:
    engine = connect(database_url, application="test", pool=1)
    async with engine.connect() as connection:
        with pytest.raises(ProgrammingError), transient():
            await connection.execute(text("SELECT * FROM nowhere"))
    await engine.dispose()
