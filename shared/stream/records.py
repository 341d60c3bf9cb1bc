"""What the kit's tables hold, for a reader who only looks: one snapshot of all services, read in a stream."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.stream.bundle import unpack
from shared.stream.dead_letters import Letter
from shared.stream.fold import Stored
from shared.stream.store import headers_from_json
from shared.stream.turn import Turn, from_columns
from shared.stream.wire import Record

PAGE = 5000
"""Rows fetched at a time."""


@dataclass(frozen=True, slots=True)
class Held:
    """A partition as its row has it. `held`: somebody's lease on it has not run out."""

    partition: int
    epoch: int
    turns: int
    held: bool
    positions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A turn as it is on record. `failed`: keys and places in what was heard."""

    partition: int
    number: int
    epoch: int
    turn: Turn
    failed: tuple[tuple[str, int], ...]


class Snapshot:
    """All services' schemas at one instant. `service` names the schema to be read."""

    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn

    async def partitions(self, service: str) -> list[Held]:
        found = await self._rows(
            service, "SELECT *, owner IS NOT NULL AND expires_at > clock_timestamp() AS held FROM partition"
        )
        return [
            Held(row["partition"], row["epoch"], row["turns"], row["held"], json.loads(row["positions"]))
            async for row in found
        ]

    async def wire(self, service: str) -> str:
        """The identity of the wire that the service's positions are of; empty before its first start."""
        rows = [row async for row in await self._rows(service, "SELECT wire FROM kit")]
        return str(rows[0]["wire"] or "") if rows else ""

    async def states(self, service: str) -> AsyncIterator[Stored]:
        found = await self._rows(service, "SELECT key, version, wake_at, thread, body FROM state")
        async for row in found:
            yield Stored(**row)

    async def outbox(self, service: str) -> AsyncIterator[Record]:
        """What is said and was not acknowledged by the wire, in the order in which it was said."""
        async for row in await self._rows(service, "SELECT * FROM outbox ORDER BY number"):
            for record in unpack(row["records"], row["topic"], row["partition"]):
                yield record

    async def letters(self, service: str) -> AsyncIterator[Letter]:
        async for row in await self._rows(service, "SELECT * FROM dead_letter ORDER BY number"):
            headers = headers_from_json(row["headers"])
            place = row["topic"], row["partition"], row["key"], headers, bytes(row["value"]), row["offset"]
            yield Letter(row["number"], Record(*place), row["reason"], row["at"], row["wish"])

    async def turns(self, service: str) -> AsyncIterator[Kept]:
        """By partition and number."""
        async for row in await self._rows(service, "SELECT * FROM turn ORDER BY partition, number"):
            failed = tuple((key, place) for key, place in json.loads(row["failed"] or "[]"))
            yield Kept(row["partition"], row["number"], row["epoch"], from_columns(row), failed)

    async def numbers(self, service: str) -> AsyncIterator[tuple[str, int]]:
        """A door's cases, each with the last number said about it."""
        async for row in await self._rows(service, "SELECT key, last FROM numbering"):
            yield row["key"], row["last"]

    async def _rows(self, service: str, query: str) -> AsyncIterator[dict[str, Any]]:
        await self._conn.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": service})
        return self._stream(query)

    async def _stream(self, query: str) -> AsyncIterator[dict[str, Any]]:
        found = await self._conn.stream(text(query), execution_options={"yield_per": PAGE})
        names = list(found.keys())
        async for rows in found.partitions():
            for row in rows:
                yield dict(zip(names, row, strict=True))

    async def rows(self, service: str, query: str) -> AsyncIterator[dict[str, Any]]:
        """Rows of a table of the service's own, by a query of its own store."""
        async for row in await self._rows(service, query):
            yield row


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[Snapshot]:
    """One transaction, REPEATABLE READ and read only: what is committed after it began is not seen."""
    async with engine.connect() as conn:
        yield Snapshot(
            await conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
