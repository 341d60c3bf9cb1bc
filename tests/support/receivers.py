"""The outside world on loopback: a mailbox, a webhook, PagerDuty; they answer as told, and keep a log."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope

# ------------------------------------------------------------------------------------------------------- HTTP


@dataclass(frozen=True)
class Answer:
    """What the webhook does with a request, after having read and logged it."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    after: float = 0
    """Seconds that it takes its time for."""


@dataclass(frozen=True)
class Hang:
    """No answer, until the caller gives up."""


@dataclass(frozen=True)
class Drop:
    """Taken, and the connection cut before the answer: the caller cannot know."""


def busy(retry_after: int) -> Answer:
    """429 with Retry-After, in seconds."""
    return Answer(429, {"Retry-After": str(retry_after)}, b"slow down")


def broken() -> Answer:
    """500."""
    return Answer(500, body=b"a bug over here")


@dataclass(frozen=True)
class Request:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Webhook:
    """Answers each request with the next of `script`, and with `then` once the script has ended."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.script: deque[Answer | Hang | Drop] = deque()
        self.then: Answer | Hang | Drop = Answer()
        self._arrived = asyncio.Condition()

    async def arrived(self, count: int, within: float = 30) -> list[Request]:
        """The requests so far, as soon as there are so many."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests

    def heed(self, _request: Request, told: Answer | Hang | Drop) -> Answer | Hang | Drop:
        """What is answered: what it was told to answer."""
        return told

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _read(reader)
                async with self._arrived:
                    self.requests.append(request)
                    self._arrived.notify_all()
                answer = self.heed(request, self.script.popleft() if self.script else self.then)
                if isinstance(answer, Drop):
                    writer.transport.abort()
                    return
                if isinstance(answer, Hang):
                    await reader.read()
                    return
                await asyncio.sleep(answer.after)
                writer.write(_render(answer))
                await writer.drain()


@contextlib.asynccontextmanager
async def webhook(port: int = 0) -> AsyncIterator[Webhook]:
    """A webhook that listens for as long as the block lasts."""
    receiver = Webhook()
    async with _listening(receiver, port) as address:
        receiver.url = f"{address}/hook"
        yield receiver


@contextlib.asynccontextmanager
async def _listening(receiver: Webhook, port: int) -> AsyncIterator[str]:
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", port)  # noqa: SLF001 - one module, one thing
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def _render(answer: Answer) -> bytes:
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} As-Told", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body


# -------------------------------------------------------------------------------------------------- PagerDuty


class PagerDuty(Webhook):
    """Shaped as PagerDuty's Events API v2: events under one `dedup_key` are one incident.

    It takes an event where it is told to answer 202, or takes it and drops the line; told anything else, it
    has not taken it. What is no event of that API is answered 400, whatever it was told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.then = Answer(202)
        self.incidents: dict[str, list[dict[str, Any]]] = {}
        """Every event that was taken, by `dedup_key`; more than one: it was sent again."""

    def heed(self, request: Request, told: Answer | Hang | Drop) -> Answer | Hang | Drop:
        if isinstance(told, Hang) or (isinstance(told, Answer) and told.status != 202):
            return told
        wrong = _wrong_with(request)
        if wrong:
            said = {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
            return Answer(400, body=json.dumps(said).encode())
        event = json.loads(request.body)
        self.incidents.setdefault(event["dedup_key"], []).append(event)
        if isinstance(told, Drop):
            return told
        said = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return Answer(202, told.headers, json.dumps(said).encode(), told.after)


@contextlib.asynccontextmanager
async def pagerduty(port: int = 0) -> AsyncIterator[PagerDuty]:
    """A PagerDuty that listens for as long as the block lasts; `url` is its base."""
    receiver = PagerDuty()
    async with _listening(receiver, port) as address:
        receiver.url = address
        yield receiver


def _wrong_with(request: Request) -> list[str]:
    if (request.method, request.path) != ("POST", "/v2/enqueue"):
        return [f"there is no {request.method} {request.path}"]
    try:
        event = json.loads(request.body)
        payload = event["payload"]
        found = {
            "routing_key": len(event["routing_key"]) == 32,
            "event_action": event["event_action"] in {"trigger", "acknowledge", "resolve"},
            "dedup_key": 0 < len(event["dedup_key"]) <= 255,
            "summary": 0 < len(payload["summary"]) <= 1024,
            "source": len(payload["source"]) > 0,
            "severity": payload["severity"] in {"critical", "error", "warning", "info"},
            "links": all(link["href"] for link in event.get("links", ())),
        }
    except (ValueError, KeyError, TypeError) as wrong:
        return [f"{type(wrong).__name__}: {wrong}"]
    return [f"{name} is not allowed" for name, allowed in found.items() if not allowed]


# ------------------------------------------------------------------------------------------------------- mail


class Mailbox:
    """Takes every message, unless `script` or `then` say another answer (`451 try later`)."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.script: deque[str | Hang | Drop] = deque()
        self.then: str | Hang | Drop = "250 taken"
        self._arrived = asyncio.Condition()

    async def arrived(self, count: int, within: float = 30) -> list[EmailMessage]:
        """The messages so far, as soon as there are so many."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        answer = self.script.popleft() if self.script else self.then
        if not isinstance(answer, str) or answer.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            async with self._arrived:
                self.messages.append(message)
                self.recipients.append(list(envelope.rcpt_tos))
                self._arrived.notify_all()
        if isinstance(answer, str):
            return answer
        if isinstance(answer, Drop):
            cast("asyncio.Transport", server.transport).abort()
        await asyncio.Event().wait()  # until the caller gives up; the session ends with the connection
        raise AssertionError


@contextlib.asynccontextmanager
async def mailbox(port: int = 0) -> AsyncIterator[Mailbox]:
    """An SMTP server that listens for as long as the block lasts."""
    receiver = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(receiver, enable_SMTPUTF8=True, loop=loop), receiver.host, port
    )
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
