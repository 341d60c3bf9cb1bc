"""Two replicas of the door over one database: one identity is accepted once, a case has one numbering."""

import asyncio
from collections import Counter

import httpx2 as httpx
import pytest

from services.intake.wiring import Intake
from tests.support.intake import CLOUDEVENT, PARTITIONS, Station, book, chosen, opened, said


@pytest.fixture
async def second(door: Station) -> httpx.AsyncClient:
    settings = chosen(door.url, instance="second")
    other = Intake(settings, door.database, door.wire, door.clock, book())
    door.start(other)
    transport = httpx.ASGITransport(other.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://second", timeout=30)


async def post(client: httpx.AsyncClient, key: str, event: object) -> int:
    headers = {"authorization": f"Bearer {key}", "content-type": CLOUDEVENT}
    return (await client.post("/v1/events", json=event, headers=headers)).status_code


async def test_one_identity_is_accepted_once(door: Station, second: httpx.AsyncClient) -> None:
    for round_ in range(5):
        event = opened(str(round_), f"C-{round_}")
        codes = await asyncio.gather(
            *(post(client, door.key, event) for _ in range(25) for client in (door.client, second))
        )
        assert Counter(codes) == {202: 1, 200: 49}
    assert len(await door.facts(5)) == 5


async def test_one_identity_with_two_contents_is_one_and_a_conflict(
    door: Station, second: httpx.AsyncClient
) -> None:
    """The cases differ, and so do the locks: only the journal itself can tell."""
    for round_ in range(20):
        events = [said("customer.replied", str(round_), f"{side}-{round_}") for side in ("left", "right")]
        codes = await asyncio.gather(
            post(door.client, door.key, events[0]), post(second, door.key, events[1])
        )
        assert sorted(codes) == [202, 409]
    facts = await door.facts(20)
    assert all(fact.sequence == 1 for fact in facts)
    assert await door.journalled() == 20


async def test_a_case_has_one_numbering(door: Station, second: httpx.AsyncClient) -> None:
    clients = (door.client, second)
    posts = [
        post(clients[number % 2], door.key, said("customer.replied", str(number), f"C-{number % 3}"))
        for number in range(90)
    ]
    assert set(await asyncio.gather(*posts)) == {202}
    facts = await door.facts(90)
    for case in range(3):
        mine = [fact.sequence for fact in facts if fact.case == f"C-{case}"]
        assert mine == list(range(1, 31))
        history = (await door.get(f"/v1/cases/C-{case}/history")).json()["events"]
        told = [fact.id for fact in facts if fact.case == f"C-{case}"]
        assert [entry["event"]["id"] for entry in history] == told
    assert PARTITIONS > 1
