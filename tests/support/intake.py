"""Intake, whole, over a database with its tables and the Postgres wire; asked in process or by a socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
from pydantic import SecretStr
from sqlalchemy import text

from services.intake.settings import IntakeSettings
from services.intake.wiring import Intake
from shared.contracts.envelope import Fact
from shared.contracts.topics import CASES, REFUSALS
from shared.ops import access
from shared.ops.access import create_key
from shared.ops.clock import RealClock
from shared.ops.clock_alignment import align
from shared.ops.database import Engine, connect, migrate
from shared.ops.server import bind, serve
from shared.policy.book import PolicyBook
from shared.policy.directory import Customer, Directory
from shared.policy.policy import read_policy
from shared.stream.codec import decode, encode
from shared.stream.wire import Wire
from shared.stream.wire_postgres import PostgresWire

PARTITIONS = 2
POLICY = Path("policies/demo.yaml")
CLOUDEVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def book() -> PolicyBook:
    customers = {name: Customer(name, name.title(), "demo") for name in ("demo", "acme")}
    return PolicyBook.of([read_policy(POLICY.read_text(), str(POLICY))], Directory(customers))


def opened(id: str = "1", case: str = "C-1", **changes: Any) -> dict[str, Any]:
    """A `case.opened` as the README shows it; `changes` replace members, those of `data` by `data=`."""
    event = {
        "specversion": "1.0",
        "id": id,
        "source": "demo",
        "type": "case.opened",
        "subject": case,
        "time": "2026-03-01T09:00:00Z",
        "data": {"customer": "demo", "severity": "P1"},
    }
    return {name: value for name, value in (event | changes).items() if value is not ...}


def said(type: str, id: str, case: str = "C-1", **data: Any) -> dict[str, Any]:
    return opened(id, case, type=type, data=data, time="2026-03-01T10:00:00Z")


def sized(id: str, case: str, size: int) -> bytes:
    """An event of so many bytes."""
    bare = json.dumps(opened(id, case, data={"customer": "demo", "notes": ""})).encode()
    return bare.replace(b'"notes": ""', b'"notes": "' + b"x" * (size - len(bare)) + b'"')


def encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode("latin-1") for name, value in headers.items()}


@dataclass
class Station:
    """A running intake, and what a test does with it."""

    intake: Intake
    database: Engine
    admin: Engine
    wire: Wire
    clock: RealClock
    client: httpx.AsyncClient
    key: str
    url: str
    start: Callable[[Intake], None]
    """Run another intake's loops beside the first one's."""

    async def post(self, event: Any, kind: str = CLOUDEVENT, key: str = "") -> httpx.Response:
        headers = {"content-type": kind, "authorization": f"Bearer {key or self.key}"}
        return await self.client.post("/v1/events", json=event, headers=headers)

    async def post_raw(self, body: bytes, kind: str = CLOUDEVENT) -> httpx.Response:
        return await self.client.post("/v1/events", content=body, headers={"content-type": kind})

    async def get(self, path: str, key: str = "") -> httpx.Response:
        return await self.client.get(path, headers={"authorization": f"Bearer {key or self.key}"})

    async def journalled(self) -> int:
        async with self.database.connect() as conn:
            return int((await conn.execute(text("SELECT count(*) FROM journal"))).scalar_one())

    async def facts(self, wanted: int) -> list[Fact]:
        """What is on the topic, once that many facts are; what is published again is dropped."""
        reader = self.wire.reader("test")
        reader.assign({(CASES, partition): 0 for partition in range(PARTITIONS)})
        read: dict[tuple[str, int], Fact] = {}
        async with asyncio.timeout(20):
            while len(read) < wanted:
                for fact in map(decode, await reader.read(frozenset())):
                    assert fact is not None
                    read.setdefault((fact.key, fact.sequence), fact)
        await reader.close()
        return list(read.values())

    async def tell(self, *facts: Fact) -> None:
        await self.wire.prepare([REFUSALS], PARTITIONS)
        await self.wire.publish([encode(fact, PARTITIONS) for fact in facts])

    async def another_key(self, tenant: str, *sources: str) -> str:
        return await create_key(self.admin, tenant, sources)


def chosen(url: str, **settings: Any) -> IntakeSettings:
    given: dict[str, Any] = {"listen": "127.0.0.1:0", "partitions": PARTITIONS, "instance": "test"} | settings
    return IntakeSettings(database_url=SecretStr(url), **given)


async def make_tables(urls: dict[str, str]) -> None:
    await migrate(urls["admin"], "wire", Path("shared/stream/wire_migrations"))
    await migrate(urls["admin"], access.SCHEMA, access.MIGRATIONS)
    await migrate(urls["intake"], "intake", Path("services/intake/migrations"))


@asynccontextmanager
async def station(urls: dict[str, str], **settings: Any) -> AsyncIterator[Station]:
    async with AsyncExitStack() as leaving:
        database = connect(urls["intake"], application="test intake", pool=10, schema="intake")
        leaving.push_async_callback(database.dispose)
        admin = connect(urls["admin"], application="test admin", pool=1)
        leaving.push_async_callback(admin.dispose)
        wire = PostgresWire(connect(urls["intake"], application="test wire", schema="wire", pool=6))
        leaving.push_async_callback(wire.close)
        key = await create_key(admin, "demo", ["demo", "other"])
        clock = RealClock()
        await align(clock, admin)
        intake = Intake(chosen(urls["intake"], **settings), database, wire, clock, book())
        transport = httpx.ASGITransport(intake.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport,
            base_url="http://door",
            headers={"authorization": f"Bearer {key}"},
            timeout=30,
        )
        await leaving.enter_async_context(client)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:

            def start(intake: Intake) -> None:
                tasks.create_task(intake.door.run(stop))
                tasks.create_task(intake.refusals.run(stop))

            start(intake)
            try:
                yield Station(intake, database, admin, wire, clock, client, key, urls["intake"], start)
            finally:
                stop.set()


@asynccontextmanager
async def listening(door: Station) -> AsyncIterator[int]:
    """The same intake behind a real socket; yields its port."""
    socket = bind("127.0.0.1:0")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(door.intake.app, socket, stop))
        try:
            yield socket.getsockname()[1]
        finally:
            stop.set()
