"""The webhook channel against a real receiver: what each of its answers means."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Oracle

from services.notifier.channels.guard import Guard
from services.notifier.channels.posting import Poster
from services.notifier.channels.switch import Switch
from services.notifier.channels.webhook import Webhook
from services.notifier.domain.outcome import Accepted, Refused, TryAgain, Unknown
from services.notifier.domain.signing import BadSecret, Endpoint, read_secret, signature
from shared.contracts.instant import SECOND
from shared.ops.clock import RealClock
from tests.notifier.outgoing import EFFECT, LINK, outgoing
from tests.support.receivers import Answer, Drop, busy, webhook
from tests.support.receivers import Webhook as Receiver

TLS = Path(__file__).with_name("tls")
"""A certificate for hooks.example, and who signed it; made for these tests alone."""
OLD = "whsec_" + "b2xk" * 12
NEW = "whsec_" + "bmV3" * 12
KEYS = (read_secret(NEW), read_secret(OLD))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with webhook() as listening:
        yield listening


def a_switch() -> Switch:
    """The memory of 410, without a database."""
    off: set[str] = set()

    async def read() -> frozenset[str]:
        return frozenset(off)

    async def write(url: str) -> None:
        off.add(url)

    return Switch(read, write, RealClock())


@asynccontextmanager
async def a_channel(
    guard: Guard,
    endpoints: Mapping[str, Endpoint] | None = None,
    keys: tuple[bytes, ...] = KEYS,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Webhook]:
    poster = Poster(guard, RealClock(), tls)
    yield Webhook(endpoints or {}, keys, poster, a_switch(), RealClock())
    await poster.close()


@pytest.fixture
async def channel() -> AsyncIterator[Webhook]:
    async with a_channel(Guard(["127.0.0.1"])) as opened:
        yield opened


async def test_accepted_signed_and_readable(receiver: Receiver, channel: Webhook) -> None:
    assert await channel.send(outgoing(receiver.url)) == Accepted("200 ok")
    [request] = receiver.requests
    assert (request.method, request.path) == ("POST", "/hook")
    assert request.headers["webhook-id"] == EFFECT
    assert request.headers["content-type"].startswith("application/cloudevents+json")
    for secret in (OLD, NEW):  # a receiver that knows only one of the two is content
        Oracle(secret).verify(request.body, request.headers)
    event = json.loads(request.body)
    assert event["type"] == "page.requested"
    assert event["subject"] == "C-1"
    assert event["data"]["acknowledge"] == LINK
    assert event["data"]["due"] == "2026-03-02T09:00:00Z"


async def test_the_same_event_is_sent_again_to_the_byte(receiver: Receiver, channel: Webhook) -> None:
    receiver.script.append(busy(7))
    assert await channel.send(outgoing(receiver.url)) == TryAgain("429 slow down", 7 * SECOND)
    assert isinstance(await channel.send(outgoing(receiver.url)), Accepted)
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(204, body=b""), Accepted),
        (Answer(500), TryAgain),
        (Answer(503), TryAgain),
        (Answer(408), TryAgain),
        (Answer(400), Refused),
        (Answer(401), Refused),
        (Answer(302, {"Location": "http://127.0.0.1:1/"}), Refused),
        (Drop(), Unknown),
    ],
)
async def test_what_an_answer_means(
    receiver: Receiver, channel: Webhook, answer: Answer | Drop, outcome: type
) -> None:
    receiver.script.append(answer)
    assert isinstance(await channel.send(outgoing(receiver.url)), outcome)
    assert len(receiver.requests) == 1  # no redirect was followed, nothing was tried twice


@pytest.mark.parametrize("written", ["-1", "soon", "1e3", ""])
async def test_a_retry_after_that_is_none_is_passed_over(
    receiver: Receiver, channel: Webhook, written: str
) -> None:
    receiver.script.append(Answer(503, {"Retry-After": written}))
    outcome = await channel.send(outgoing(receiver.url))
    assert isinstance(outcome, TryAgain)
    assert outcome.after is None


async def test_retry_after_as_a_date(receiver: Receiver, channel: Webhook) -> None:
    receiver.script.append(Answer(503, {"Retry-After": formatdate(time.time() + 600, usegmt=True)}))
    receiver.script.append(Answer(503, {"Retry-After": formatdate(0, usegmt=True)}))
    later = await channel.send(outgoing(receiver.url))
    past = await channel.send(outgoing(receiver.url))
    assert isinstance(later, TryAgain)
    assert isinstance(past, TryAgain)
    assert later.after is not None
    assert 500 * SECOND < later.after <= 600 * SECOND
    assert past.after == 0


async def test_gone_switches_it_off(receiver: Receiver, channel: Webhook) -> None:
    receiver.script.append(Answer(410, body=b"moved out"))
    assert isinstance(await channel.send(outgoing(receiver.url)), Refused)
    second = await channel.send(outgoing(receiver.url))
    assert isinstance(second, Refused)
    assert "switched off" in second.answer
    assert len(receiver.requests) == 1


async def test_an_endless_answer_is_not_read_to_its_end(receiver: Receiver, channel: Webhook) -> None:
    receiver.script.append(Answer(200, body=b"x" * 5_000_000))
    outcome = await channel.send(outgoing(receiver.url))
    assert isinstance(outcome, Accepted)
    assert len(outcome.answer) < 300


async def test_nobody_listening_is_no_doubt_about_its_fate(channel: Webhook) -> None:
    assert isinstance(await channel.send(outgoing("http://127.0.0.1:1/hook")), TryAgain)


async def test_where_it_may_not_go_nothing_is_sent(receiver: Receiver) -> None:
    async with a_channel(Guard()) as channel:
        assert isinstance(await channel.send(outgoing(receiver.url)), Refused)
    assert receiver.requests == []


async def test_it_is_connected_to_the_address_that_was_judged(receiver: Receiver) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])

    async def once(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with a_channel(Guard(["hooks.example"], once)) as channel:
        assert isinstance(await channel.send(outgoing(f"http://hooks.example:{port}/hook")), Accepted)
    assert receiver.requests[0].headers["host"] == f"hooks.example:{port}"


async def test_named_webhooks_have_secrets_of_their_own(receiver: Receiver) -> None:
    endpoints = {"ops": Endpoint(receiver.url, (read_secret(OLD),))}
    async with a_channel(Guard(["127.0.0.1"]), endpoints, ()) as channel:
        assert isinstance(await channel.send(outgoing("ops")), Accepted)
        assert json.loads(receiver.requests[0].body)["id"] == EFFECT
        unknown = await channel.send(outgoing("opps"))
        assert isinstance(unknown, Refused)
        assert "ops" in unknown.answer
        assert isinstance(await channel.send(outgoing(receiver.url)), Refused)  # no secret to sign with


def test_signatures_agree_with_the_standards_own_vectors() -> None:
    # From the reference libraries' tests.
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_YQ==", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!"]
)
def test_a_secret_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(BadSecret) as refused:
        read_secret(text)
    assert text in ("", "whsec_") or text not in str(refused.value)


@pytest.mark.parametrize(("host", "outcome"), [("hooks.example", Accepted), ("other.example", TryAgain)])
async def test_the_certificate_is_checked_against_the_name_though_the_address_is_connected_to(
    host: str, outcome: type
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def here(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(TLS / "hooks.pem")
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ours)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    async with a_channel(Guard(["127.0.0.1"], here), tls=trusting) as channel:
        assert isinstance(await channel.send(outgoing(f"https://{host}:{port}/hook")), outcome)
    server.close()
