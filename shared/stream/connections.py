"""Connections for single statements, kept open and checked out: a turn needs two, and a pool's round of
checking out, resetting and taking back costs as much as the statement itself.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
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
        """One for as long as the block lasts. Where something fails, all are opened anew."""
        async with self._room:
            conn = self._idle.pop() if self._idle else await self._engine.connect()
            try:
                yield conn
            except BaseException:
                # None of them may be had by anybody from this instant on: what broke one breaks the others.
                given_back, self._idle = [conn, *self._idle], []
                await asyncio.shield(_drop(given_back))
                raise
            self._idle.append(conn)

    async def close(self) -> None:
        """Give back what is idle; what is needed after that is opened anew."""
        idle, self._idle = self._idle, []
        for conn in idle:
            await conn.close()


async def _drop(connections: Sequence[AsyncConnection]) -> None:
    """The server's side goes, too: nobody knows what is still under way there."""
    await asyncio.gather(*(conn.invalidate() for conn in connections), return_exceptions=True)
    await asyncio.gather(*(conn.close() for conn in connections), return_exceptions=True)
