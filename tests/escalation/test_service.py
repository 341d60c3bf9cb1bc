"""The service, whole, over a real PostgreSQL: facts in, pages out, read back over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from pydantic import SecretStr

from services.escalation.settings import EscalationSettings
from services.escalation.wiring import EscalationService
from shared.contracts.case import CaseOpened
from shared.contracts.clock import ClockBreached
from shared.contracts.envelope import Fact, Said
from shared.contracts.escalation import PageRequested
from shared.contracts.instant import SECOND
from shared.contracts.notifier import PageAcknowledged
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, ESCALATIONS, OWNERS
from shared.ops import access
from shared.ops.access import create_key
from shared.ops.clock import RealClock
from shared.ops.database import connect, migrate
from shared.policyfiles import load_policies
from shared.stream.codec import decode, encode
from shared.stream.wire import Wire
from shared.stream.wire_postgres import PostgresWire

PARTITIONS = 2
KEY = "demo/C/1"


@dataclass
class Station:
    wire: Wire
    clock: RealClock
    client: httpx.AsyncClient

    async def tell(self, topic: str, sequence: int, data: Said, time: int) -> None:
        fact = Fact(KEY, time, data, OWNERS[topic], f"{topic}-{sequence}", topic, sequence)
        await self.wire.prepare([topic], PARTITIONS)
        await self.wire.publish([encode(fact, PARTITIONS)])

    async def until(self, page: str) -> list[Said]:
        """What is said, up to the request of that page."""
        reader = self.wire.reader("test")
        reader.assign({(ESCALATIONS, partition): 0 for partition in range(PARTITIONS)})
        said: list[Said] = []
        async with asyncio.timeout(30):
            while not any(isinstance(data, PageRequested) and data.page == page for data in said):
                said += [decode(record).data for record in await reader.read(frozenset())]
        await reader.close()
        return said


@pytest.fixture
async def station(service_urls: dict[str, str]) -> AsyncIterator[Station]:
    async with AsyncExitStack() as leaving:
        await migrate(service_urls["admin"], "wire", Path("shared/stream/wire_migrations"))
        await migrate(service_urls["admin"], access.SCHEMA, access.MIGRATIONS)
        await migrate(service_urls["escalation"], "escalation", Path("services/escalation/migrations"))
        admin = connect(service_urls["admin"], application="test admin", pool=1)
        leaving.push_async_callback(admin.dispose)
        key = await create_key(admin, "demo", ["demo"])
        url = service_urls["escalation"]
        database = connect(url, application="test escalation", pool=10, schema="escalation")
        leaving.push_async_callback(database.dispose)
        wire = PostgresWire(connect(url, application="test wire", schema="wire", pool=6))
        leaving.push_async_callback(wire.close)
        settings = EscalationSettings(
            database_url=SecretStr(url), listen="127.0.0.1:0", partitions=PARTITIONS, instance="test"
        )
        clock = RealClock()
        service = EscalationService(settings, database, wire, clock, load_policies(Path("policies")))
        client = await leaving.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(service.app),
                base_url="http://escalation",
                headers={"authorization": f"Bearer {key}"},
                timeout=30,
            )
        )
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(service.run(stop))
            try:
                yield Station(wire, clock, client)
            finally:
                stop.set()


async def test_from_a_breach_to_the_manager_and_an_acknowledgement(station: Station) -> None:
    now = station.clock.now()
    breach = now - 4 * SECOND  # the demo's ladder waits 5 s for an answer: a second from now
    opened = CaseOpened(customer="demo", severity="P1", title="Production is down")
    await station.tell(CASES, 1, opened, now - 12 * SECOND)
    breached = ClockBreached(clock="first_response", cycle=1, at=breach, policy="demo@2016-01-01", due=breach)
    await station.tell(CLOCKS, 1, breached, breach)
    said = await station.until("first_response-1-3-karl")
    types = [data.type for data in said if data.type != "step.skipped"]
    assert types[:4] == ["case.routed", "case.escalated", "case.routed", "page.requested"]
    assert types[4:] == ["page.unanswered", "page.requested"]
    pages = [data for data in said if isinstance(data, PageRequested)]
    assert [page.at - breach for page in pages] == [0, 5 * SECOND]

    acknowledged = PageAcknowledged(page=pages[-1].page, by="karl", at=station.clock.now())
    await station.tell(ACKNOWLEDGEMENTS, 1, acknowledged, acknowledged.at)
    async with asyncio.timeout(30):
        while True:
            shown = (await station.client.get("/v1/cases/C%2F1/escalation")).json()
            if shown["ladders"][0]["phase"] == "acknowledged":
                break
    assert shown["place"]["tier"] == "Tier 2"
    assert shown["ladders"][0]["acknowledged_by"] == "karl"
    assert [page["fate"] for page in shown["ladders"][0]["pages"]] == ["withdrawn", "acknowledged"]
    assert shown["ladders"][0]["next"]["step"] == "5: idle 2 min"


async def test_reading_refuses_in_one_shape(station: Station) -> None:
    unknown = await station.client.get("/v1/cases/none/escalation")
    assert (unknown.status_code, unknown.json()["title"]) == (404, "Not Found")
    stranger = await station.client.get("/v1/cases/none/escalation", headers={"authorization": "Bearer x"})
    assert stranger.status_code == 401
    wrong = await station.client.get("/v1/on-call", params={"at": "tomorrow"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")


async def test_who_is_on_call(station: Station) -> None:
    answer = await station.client.get("/v1/on-call", params={"at": "2026-06-01T10:00:00+02:00", "days": 90})
    teams = {team["team"]: team for team in answer.json()["teams"]}
    assert teams["first-line"]["on_call"] == "asta"
    assert teams["first-line"]["manager"] == "mona"
    assert teams["first-line"]["gaps"] == []
    assert (await station.client.get("/v1/on-call", params={"region": "AMER"})).status_code == 200
    metrics = (await station.client.get("/metrics")).text
    assert 'tocsin_team_uncovered_seconds{team="first-line"} 0.0' in metrics
