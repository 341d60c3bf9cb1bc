"""The PagerDuty channel against a receiver of that shape: what each of its answers means."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest

from services.notifier.channels.guard import Guard
from services.notifier.channels.pagerduty import PagerDuty
from services.notifier.channels.posting import Poster
from services.notifier.domain.outcome import Accepted, Outcome, Refused, TryAgain, Unknown
from shared.contracts.instant import SECOND
from shared.ops.clock import RealClock
from tests.notifier.outgoing import EFFECT, LINK, outgoing
from tests.support.receivers import Answer, Drop, Hang, busy, pagerduty
from tests.support.receivers import PagerDuty as Receiver

ROUTING_KEY = "R0UTINGKEY" * 3 + "42"
IMPATIENT = httpx2.Timeout(0.2)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with pagerduty() as listening:
        yield listening


@asynccontextmanager
async def a_channel(base: str, guard: Guard | None = None) -> AsyncIterator[PagerDuty]:
    poster = Poster(guard or Guard(["127.0.0.1"]), RealClock(), timeout=IMPATIENT)
    yield PagerDuty({"ops": ROUTING_KEY}, poster, base)
    await poster.close()


@pytest.fixture
async def channel(receiver: Receiver) -> AsyncIterator[PagerDuty]:
    async with a_channel(receiver.url) as opened:
        yield opened


async def test_a_page_is_an_incident_with_a_link_to_acknowledge(
    receiver: Receiver, channel: PagerDuty
) -> None:
    outcome = await channel.send(outgoing("ops"))
    assert isinstance(outcome, Accepted)
    assert EFFECT in outcome.answer
    [event] = receiver.incidents[EFFECT]
    assert (event["routing_key"], event["event_action"], event["dedup_key"]) == (
        ROUTING_KEY,
        "trigger",
        EFFECT,
    )
    payload = event["payload"]
    assert payload["summary"] == "[P1] C-1: first response breached"
    assert (payload["source"], payload["severity"]) == ("acme/C-1", "critical")
    assert payload["custom_details"]["due"] == "2026-03-02T09:00:00Z"
    assert event["links"] == [{"href": LINK, "text": "Acknowledge"}]


async def test_an_attempt_that_is_made_again_joins_its_incident(
    receiver: Receiver, channel: PagerDuty
) -> None:
    receiver.script.extend([busy(7), Drop()])
    assert await channel.send(outgoing("ops")) == TryAgain("429 slow down", 7 * SECOND)
    assert receiver.incidents == {}
    assert isinstance(await channel.send(outgoing("ops")), Unknown)
    assert isinstance(await channel.send(outgoing("ops")), Accepted)
    assert {key: len(events) for key, events in receiver.incidents.items()} == {EFFECT: 2}
    assert len({request.body for request in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(202), Accepted),
        (Answer(202, after=0.02), Accepted),
        (Answer(202, after=5), Unknown),
        (Hang(), Unknown),
        (Drop(), Unknown),
        (Answer(400), Refused),
        (Answer(403), Refused),
        (Answer(429), TryAgain),
        (Answer(500), TryAgain),
        (Answer(503), TryAgain),
        (Answer(302, {"Location": "http://127.0.0.1:1/"}), Refused),
        (Answer(200, body=b"<html>some other server</html>"), Refused),
    ],
)
async def test_what_an_answer_means(
    receiver: Receiver, channel: PagerDuty, answer: Answer | Drop | Hang, outcome: type[Outcome]
) -> None:
    receiver.script.append(answer)
    assert isinstance(await channel.send(outgoing("ops")), outcome)
    assert len(receiver.requests) == 1


async def test_nobody_listening_is_no_doubt_about_its_fate() -> None:
    async with a_channel("http://127.0.0.1:1") as channel:
        assert isinstance(await channel.send(outgoing("ops")), TryAgain)


async def test_where_it_may_not_go_nothing_is_sent(receiver: Receiver) -> None:
    async with a_channel(receiver.url, Guard()) as channel:
        assert isinstance(await channel.send(outgoing("ops")), Refused)
    assert receiver.requests == []


async def test_a_name_that_has_no_routing_key(receiver: Receiver, channel: PagerDuty) -> None:
    unknown = await channel.send(outgoing("opps"))
    assert isinstance(unknown, Refused)
    assert "ops" in unknown.answer
    assert receiver.requests == []


async def test_the_routing_key_is_nowhere_but_in_the_request(
    receiver: Receiver, channel: PagerDuty, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = json.dumps({"status": "invalid", "errors": [f"no service has {ROUTING_KEY}"]}).encode()
    receiver.script.append(Answer(400, body=echo))
    refused = await channel.send(outgoing("ops"))
    assert isinstance(refused, Refused)
    assert "no service has [hidden]" in refused.answer
    said = capsys.readouterr()
    assert ROUTING_KEY not in said.out + said.err + refused.answer


@pytest.mark.parametrize(
    ("urgency", "severity"), [("critical", "critical"), ("normal", "warning"), ("digest", "info")]
)
async def test_how_urgent_it_is(receiver: Receiver, channel: PagerDuty, urgency: str, severity: str) -> None:
    page = outgoing("ops")
    message = replace(page.message, data={**page.message.data, "urgency": urgency})
    assert isinstance(await channel.send(replace(page, message=message)), Accepted)
    assert receiver.incidents[EFFECT][0]["payload"]["severity"] == severity


async def test_a_long_summary_and_no_link_are_taken(receiver: Receiver, channel: PagerDuty) -> None:
    page = outgoing("ops")
    message = replace(page.message, subject="å" * 2000)
    assert isinstance(await channel.send(replace(page, message=message, link=None)), Accepted)
    [event] = receiver.incidents[EFFECT]
    assert (len(event["payload"]["summary"]), event["links"]) == (1024, [])
