"""The clock service, whole, on PostgreSQL: facts in by the wire, judgements out, the clocks by HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from pydantic import SecretStr

from services.clock.settings import ClockSettings
from services.clock.wiring import NAME, ClockService
from shared.contracts.envelope import Fact
from shared.contracts.instant import HOUR, MINUTE, parse
from shared.contracts.topics import CASES, CLOCKS, DELIVERIES, FACTS
from shared.ops import access
from shared.ops.access import create_key
from shared.ops.clock import RealClock
from shared.ops.database import connect, migrate
from shared.stream.codec import decode, encode
from shared.stream.wire import Record, Wire
from shared.stream.wire_postgres import PostgresWire
from tests.clock.story import book_of
from tests.clock.test_story_of_a_clock import RESOLUTION

PARTITIONS = 2
OPENED = parse("2026-11-16T09:00:00Z")


@dataclass
class Station:
    wire: Wire
    client: httpx.AsyncClient
    key: str
    foreign_key: str
    told: int = 0

    async def tell(self, after: int, kind: str, case: str = "C/1", **data: str) -> None:
        self.told += 1
        fact = Fact(
            f"demo/{case}",
            OPENED + after,
            FACTS[kind].model_validate(data),
            "helpdesk",
            f"e{self.told}",
            CASES,
            self.told,
        )
        await self.wire.publish([encode(fact, PARTITIONS)])

    async def said(self, wanted: str) -> list[Fact]:
        """Everything on the topic, once a fact of that type is."""
        reader = self.wire.reader("test")
        reader.assign({(CLOCKS, partition): 0 for partition in range(PARTITIONS)})
        read: list[Record] = []
        facts: list[Fact] = []
        async with asyncio.timeout(20):
            while not any(fact.type == wanted for fact in facts):
                read += await reader.read(frozenset())
                facts = [decode(record) for record in read]
        await reader.close()
        return facts

    async def get(self, path: str, key: str = "") -> httpx.Response:
        return await self.client.get(path, headers={"authorization": f"Bearer {key or self.key}"})


@pytest.fixture
async def station(service_urls: dict[str, str]) -> AsyncIterator[Station]:
    urls = service_urls
    async with AsyncExitStack() as leaving:
        await migrate(urls["admin"], "wire", Path("shared/stream/wire_migrations"))
        await migrate(urls["admin"], access.SCHEMA, access.MIGRATIONS)
        await migrate(urls["clock"], NAME, Path("services/clock/migrations"))
        database = connect(urls["clock"], application="test clock", schema=NAME)
        leaving.push_async_callback(database.dispose)
        admin = connect(urls["admin"], application="test admin", pool=1)
        leaving.push_async_callback(admin.dispose)
        wire = PostgresWire(connect(urls["clock"], application="test wire", schema="wire", pool=6))
        leaving.push_async_callback(wire.close)
        await wire.prepare([CASES, CLOCKS, DELIVERIES], PARTITIONS)
        settings = ClockSettings(
            database_url=SecretStr(urls["clock"]),
            listen="127.0.0.1:0",
            partitions=PARTITIONS,
            instance="test",
        )
        service = ClockService(settings, database, wire, RealClock(), book_of(RESOLUTION))
        transport = httpx.ASGITransport(service.app)
        client = await leaving.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://clock")
        )
        key = await create_key(admin, "demo", ["helpdesk"])
        foreign_key = await create_key(admin, "other", ["helpdesk"])
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(service.run(stop))
            try:
                yield Station(wire, client, key, foreign_key)
            finally:
                stop.set()


async def test_what_fell_due_is_said_once_and_shown(station: Station) -> None:
    await station.tell(0, "case.opened", customer="acme", severity="P1")
    said = await station.said("clock.breached")
    assert [fact.type for fact in said] == ["clock.started", "clock.breached"]
    assert said[1].time == OPENED + HOUR
    answer = await station.get("/v1/cases/C%2F1/clocks")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["case"], shown["phase"], shown["policy"], shown["waiting"]) == (
        "C/1",
        "open",
        "test@2020-01-01",
        0,
    )
    [clock] = shown["clocks"]
    assert (clock["clock"], clock["state"], clock["due"], clock["breached_at"]) == (
        "resolution",
        "breached",
        "2026-11-16T10:00:00Z",
        "2026-11-16T10:00:00Z",
    )


async def test_a_late_fact_takes_the_breach_back(station: Station) -> None:
    await station.tell(0, "case.opened", customer="acme", severity="P1")
    await station.said("clock.breached")
    await station.tell(30 * MINUTE, "case.resolved")
    said = await station.said("clock.met")
    assert [fact.type for fact in said] == ["clock.started", "clock.breached", "clock.retracted", "clock.met"]
    [clock] = (await station.get("/v1/cases/C%2F1/clocks")).json()["clocks"]
    assert (clock["state"], clock["met_at"], clock["breached_at"]) == ("met", "2026-11-16T09:30:00Z", None)


async def test_only_ones_own_cases_can_be_read(station: Station) -> None:
    await station.tell(0, "case.opened", customer="acme", severity="P1")
    await station.said("clock.started")
    others = await station.get("/v1/cases/C%2F1/clocks", station.foreign_key)
    unknown = await station.get("/v1/cases/nobody/clocks")
    for refused in (others, unknown):
        assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
    anonymous = await station.client.get("/v1/cases/C%2F1/clocks")
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")
    ready = await station.client.get("/health/ready")
    assert ready.status_code == 200


async def test_a_clock_explains_itself_over_http(station: Station) -> None:
    await station.tell(0, "case.opened", customer="acme", severity="P1")
    await station.said("clock.breached")
    answer = await station.get("/v1/cases/C%2F1/clocks/resolution/explanation")
    assert answer.status_code == 200
    [cycle] = answer.json()["cycles"]
    assert (cycle["target"], cycle["calendar"], cycle["started_by"]) == ("1 h", "always", "case.opened")
    assert cycle["target_rule"]["when"] == "severity is P1"
    assert [piece["total_seconds"] for piece in cycle["counted"]] == [3600]
    assert cycle["due"] == "2026-11-16T10:00:00Z"
    unknown = await station.get("/v1/cases/C%2F1/clocks/resolutoin/explanation")
    assert unknown.status_code == 404
    assert "did you mean resolution?" in unknown.json()["detail"]
    others = await station.get("/v1/cases/C%2F1/clocks/resolution/explanation", station.foreign_key)
    assert others.status_code == 404
