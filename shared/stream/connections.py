"""Connections for single statements, kept open and checked out: a turn needs two, and a pool's round of
checking out, resetting and taking back costs as much as the statement itself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Connections:
    """At most `most` at a time; each statement on one is a transaction of its own."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._room = asyncio.Semaphore(most)
        self._idle: list[AsyncConnection] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[AsyncConnection]:
        """One for as long as the block lasts. Where something fails, the pool looks after all of them."""
        async with self._room:
            conn = self._idle.pop() if self._idle else await self._engine.connect()
            try:
                yield conn
            except BaseException:
                self._idle.append(conn)
                await asyncio.shield(self.close())
                raise
            self._idle.append(conn)

    async def close(self) -> None:
        """Give back what is idle; what is needed after that is opened anew."""
        idle, self._idle = self._idle, []
        for conn in idle:
            await conn.close()
