"""The whole notifier: from a fact on the wire to a receiver, and back by the acknowledge link."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from services.notifier.domain.token import Claim, seal
from shared.contracts.case import CaseOpened, SupportUpdated
from shared.contracts.escalation import PageWithdrawn
from shared.contracts.instant import HOUR
from shared.contracts.notifier import PageAcknowledged
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, DELIVERIES, ESCALATIONS
from tests.notifier.desk import KEY, page
from tests.notifier.station import HastyClock, Station, station
from tests.support.receivers import Answer, Drop, Hang


@pytest.fixture
async def hall(service_urls: dict[str, str]) -> AsyncIterator[Station]:
    async with station(service_urls, HastyClock()) as opened:
        yield opened


async def link_in(hall: Station) -> str:
    [request] = await hall.hook.arrived(1)
    link: str = json.loads(request.body)["data"]["acknowledge"]
    return link.removeprefix("http://notifier.example")


def bearer(hall: Station) -> dict[str, str]:
    return {"Authorization": f"Bearer {hall.key}"}


async def test_a_page_from_the_wire_to_its_receiver_and_the_acknowledgement_back(hall: Station) -> None:
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page())
        link = await link_in(hall)
        [accepted] = await hall.said(DELIVERIES, 1)
        assert (accepted.type, accepted.sequence) == ("delivery.accepted", 1)

        for _ in range(3):  # scanners look as often as they like
            assert (await client.head(link)).status_code == 200
            assert (await client.get(link)).status_code == 200
        shown = await client.get(link)
        assert "Do you take this on?" in shown.text
        assert "Nothing works" in shown.text
        assert shown.headers["referrer-policy"] == "no-referrer"

        done = await client.post(link)
        assert (done.status_code, "You have taken this on" in done.text) == (200, True)
        again = await client.post(link)
        assert "This has been taken on" in again.text
        assert "anna" in again.text
        assert "<button>" not in (await client.get(link)).text

        asked = {"case": "C-1", "by": "ben"}
        third = await client.post("/v1/pages/p1/acknowledge", json=asked, headers=bearer(hall))
        assert third.json()["status"] == "already acknowledged"
        assert third.json()["by"] == "anna"

        [fact] = await hall.said(ACKNOWLEDGEMENTS, 1)
        assert isinstance(fact.data, PageAcknowledged)
        assert (fact.key, fact.sequence, fact.data.page, fact.data.by) == (KEY, 1, "p1", "anna")


async def test_a_page_by_pagerduty_whose_line_drops_is_one_incident(hall: Station) -> None:
    hall.duty.script.append(Drop())
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page(person="dora"))
        await hall.said(DELIVERIES, 1)
        [events] = hall.duty.incidents.values()
        assert len(events) == 2
        link = events[0]["links"][0]["href"].removeprefix("http://notifier.example")
        assert "You have taken this on" in (await client.post(link)).text


async def test_fifty_at_once_take_it_on_once(hall: Station) -> None:
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page())
        link = await link_in(hall)
        answers = await asyncio.gather(*(client.post(link) for _ in range(50)))
        assert sum("You have taken this on" in answer.text for answer in answers) == 1
        assert {answer.status_code for answer in answers} == {200}
        assert len(await hall.said(ACKNOWLEDGEMENTS, 1)) == 1


async def test_systems_acknowledge_with_a_key(hall: Station) -> None:
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page("a/b c"))
        await link_in(hall)
        path = "/v1/pages/a%2Fb%20c/acknowledge"
        asked = {"case": "C-1", "by": "ben"}
        assert (await client.post(path, json=asked)).status_code == 401
        done = await client.post(path, json=asked, headers=bearer(hall))
        assert (done.status_code, done.json()["status"]) == (200, "acknowledged")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/pages/p1/acknowledge", b"{", 400),
        ("/v1/pages/p1/acknowledge", b"[]", 422),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-1"}', 422),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-1", "by": 7}', 422),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-1", "by": "a\\u0000"}', 422),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-1", "by": "a\\ud800"}', 400),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-1", "by": "a", "x": 1}', 422),
        ("/v1/pages/p1/acknowledge", b" " * 20_000, 413),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-2", "by": "ben"}', 404),
        ("/v1/pages/p1/acknowledge", b'{"case": "C-1", "by": "ben"}', 404),
        ("/v1/pages/%00/acknowledge", b'{"case": "C-1", "by": "ben"}', 404),
    ],
)
async def test_what_cannot_be_acknowledged(hall: Station, path: str, body: bytes, status: int) -> None:
    async with hall.running() as client:
        refused = await client.post(path, content=body, headers=bearer(hall))
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")


async def test_links_that_are_no_good_say_so_as_a_page(hall: Station) -> None:
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page())
        await link_in(hall)
        now = hall.clock.now()
        ours = hall.settings.link_secrets()
        tokens = {
            "nonsense": 404,
            seal(Claim(KEY, "p1", 1, "anna", now + HOUR), [b"x" * 32]): 404,
            seal(Claim(KEY, "p1", 1, "anna", now - 1), ours): 410,
            seal(Claim(KEY, "p2", 1, "anna", now + HOUR), ours): 404,
            seal(Claim("acme/C-2", "p1", 1, "anna", now + HOUR), ours): 404,
        }
        for token, status in tokens.items():
            for method in ("GET", "POST"):
                answer = await client.request(method, f"/ack/{token}")
                assert answer.status_code == status
                assert answer.headers["content-type"].startswith("text/html")
                assert "<button>" not in answer.text
        assert (await client.put("/ack/x")).status_code == 405


async def test_a_withdrawn_page_needs_nobody(hall: Station) -> None:
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page())
        link = await link_in(hall)
        await hall.tell(ESCALATIONS, PageWithdrawn(page="p1", why="the case was <b>resolved</b>"))
        await hall.tell(CASES, CaseOpened(customer="acme"))
        async with asyncio.timeout(10):
            while "No longer needed" not in (shown := (await client.get(link)).text):  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # the ledger hears of it by the wire
        assert "&lt;b&gt;resolved" in shown
        assert "<button>" not in shown


async def test_the_ledger_tells_every_attempt_and_its_answer(hall: Station) -> None:
    hall.hook.then = Answer(503, body=b"not today")
    async with hall.running() as client:
        await hall.tell(ESCALATIONS, page())
        [mail] = await hall.box.arrived(1)  # after three attempts the next channel
        assert "first response breached" in mail["Subject"]
        assert len({request.headers["webhook-id"] for request in hall.hook.requests}) == 1
        [failed, accepted] = await hall.said(DELIVERIES, 2)
        assert (failed.type, accepted.type) == ("delivery.failed", "delivery.accepted")
        shown = await client.get("/v1/cases/C-1/deliveries", headers=bearer(hall))
        first, second = shown.json()["deliveries"]
        assert (first["status"], first["channel"]) == ("failed", "webhook")
        assert [one["answer"] for one in first["attempts"]] == ["503 not today"] * 3
        assert (second["status"], second["channel"]) == ("sent", "email")
        assert (await client.get("/v1/cases/C-2/deliveries", headers=bearer(hall))).status_code == 404
        assert (await client.get("/v1/cases/%00/deliveries", headers=bearer(hall))).status_code == 404
        assert (await client.get("/v1/cases/C-1/deliveries")).status_code == 401


async def test_killed_while_a_call_is_under_way_it_is_made_again_under_the_same_key(hall: Station) -> None:
    hall.hook.script.append(Hang())
    async with hall.running():
        await hall.tell(ESCALATIONS, page())
        await hall.hook.arrived(1)
    async with hall.running() as client:
        first, second = await hall.hook.arrived(2)
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        [accepted] = await hall.said(DELIVERIES, 1)
        assert accepted.type == "delivery.accepted"
        shown = await client.get("/v1/cases/C-1/deliveries", headers=bearer(hall))
        [one] = shown.json()["deliveries"]
        assert [attempt["fate"] for attempt in one["attempts"]] == ["unknown", "accepted"]


async def test_supports_words_reach_the_customer(hall: Station) -> None:
    async with hall.running():
        await hall.tell(CASES, CaseOpened(customer="acme", title="Nothing works"))
        await hall.tell(CASES, SupportUpdated(text="We found it."))
        [mail] = await hall.box.arrived(1)
        assert hall.box.recipients == [["carla@acme.example"]]
        assert mail["Subject"] == "Update on your case C-1: Nothing works"


async def test_a_webhook_that_is_gone_stays_off_over_a_restart(hall: Station) -> None:
    hall.hook.then = Answer(410)
    for number in (1, 2):
        async with hall.running():
            await hall.tell(ESCALATIONS, page(f"p{number}"))
            await hall.box.arrived(number)
    assert len(hall.hook.requests) == 1
