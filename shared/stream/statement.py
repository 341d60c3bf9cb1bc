"""Statements that run all the time, given to the driver itself: SQLAlchemy's way there takes as long as
many of them take. Connections, pools and all other SQL are SQLAlchemy's.
"""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """SQL whose parameters have names (`:key`), each cast to its type where PostgreSQL cannot know it."""

    def __init__(self, sql: str) -> None:
        self._names = list(dict.fromkeys(_NAME.findall(sql)))
        numbers = {name: f"${number}" for number, name in enumerate(self._names, 1)}
        self._sql = _NAME.sub(lambda found: numbers[found[1]], sql)

    async def rows(self, conn: AsyncConnection, values: Mapping[str, object]) -> list[Any]:
        """Carry it out; its rows, which unpack like tuples.

        Raises:
            KeyError: a parameter has no value.
            RuntimeError: the transaction that `conn` should be in has not begun. SQLAlchemy begins one with
                the first statement that it is given itself.
        """
        held = conn.sync_connection
        driver: Any = None if held is None else held.connection.driver_connection
        if held is None or driver is None:
            raise RuntimeError("the connection is closed")
        if not driver.is_in_transaction() and held.get_execution_options().get("isolation_level") is None:
            raise RuntimeError("the transaction has not begun: execute something by SQLAlchemy first")
        rows: list[Any] = await driver.fetch(self._sql, *[values[name] for name in self._names])
        return rows
