"""Reading a process's states, for its own API: the last committed one, without a lock."""

from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.stream.process import Process
from shared.stream.store import KitStore

S = TypeVar("S")


async def state_of(engine: AsyncEngine, process: Process[S], key: str) -> S | None:
    """The state of one case, None where the process has never heard of it."""
    async with engine.connect() as conn:
        return await KitStore(process, 1).state_of(conn, key)
