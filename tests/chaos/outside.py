"""The world outside: receivers that keep logs of their own, and people who acknowledge what reaches them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from shared.contracts.instant import Instant
from shared.ops.clock import Clock, RealClock
from tests.support.receivers import (
    Answer,
    Drop,
    Hang,
    Mailbox,
    PagerDuty,
    Request,
    Webhook,
    broken,
    busy,
    mailbox,
    pagerduty,
    webhook,
)

_LINK = re.compile(r"https?://\S+/ack/[\w.-]+", re.ASCII)
_ANSWERED = 0.6
"""The share of pages that somebody answers."""
_LONGEST_THOUGHT = 6.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came to a receiver. `taken`: it has it, whether or not the sender could know."""

    receiver: str
    key: str
    at: Instant
    taken: bool
    data: dict[str, Any]
    """What it says of the page; of mail, its subject alone."""
    link: str = ""


@dataclass
class Outside:
    """All receivers; `arrivals` is the truth about what went out."""

    hook: Webhook
    pager: PagerDuty
    probe: Webhook
    mail: Mailbox
    arrivals: list[Arrival] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """Links that were followed, and how often it was tried until the answer was 200."""
    think: Callable[[Arrival], None] = lambda _: None
    """Hears of what was taken."""
    clock: Clock = field(default_factory=RealClock)
    _seen: dict[str, int] = field(default_factory=dict)

    def answer(self, verb: Answer | Hang | Drop) -> None:
        """What all receivers do from now on."""
        self._note()  # what has come so far was answered otherwise
        for receiver in (self.hook, self.probe):
            receiver.then = verb
        self.pager.then = Answer(202) if verb == Answer() else verb
        if isinstance(verb, Answer):
            self.mail.then = "250 taken" if verb.status < 300 else f"451 not now ({verb.status})"
        else:
            self.mail.then = verb

    def heal(self) -> None:
        self.answer(Answer())

    async def watch(self, stop: asyncio.Event) -> None:
        """Take note of what arrives, as it does."""
        while not stop.is_set():
            self._note()
            await asyncio.sleep(0.02)

    def _note(self) -> None:
        for arrival in self._news():
            self.arrivals.append(arrival)
            if arrival.taken:
                self.think(arrival)

    def _news(self) -> list[Arrival]:
        found = []
        for name, receiver in (("hook", self.hook), ("pager", self.pager), ("probe", self.probe)):
            new = receiver.requests[self._seen.get(name, 0) :]
            self._seen[name] = len(receiver.requests)
            found += [self._request(name, request, receiver.then) for request in new]
        mails = self.mail.messages[self._seen.get("mail", 0) :]
        self._seen["mail"] = len(self.mail.messages)
        for mail in mails:
            text = mail.get_body(("plain",))
            link = _LINK.search(text.get_content() if text is not None else "")
            key = str(mail["Message-ID"]).strip("<>").partition("@")[0]
            data = {"subject": str(mail["Subject"])}
            found.append(
                Arrival("mail", key, self.clock.now(), taken=True, data=data, link=link[0] if link else "")
            )
        return found

    def _request(self, name: str, request: Request, verb: Answer | Hang | Drop) -> Arrival:
        event = json.loads(request.body)
        if name == "pager":
            key, data = event["dedup_key"], event["payload"]["custom_details"]
            link = next((link["href"] for link in event["links"]), "")
            taken = verb == Answer(202) or isinstance(verb, Drop)
        else:
            key, data = request.headers["webhook-id"], event["data"]
            link = data.get("acknowledge") or ""
            taken = verb == Answer() or not isinstance(verb, Answer)
        return Arrival(name, key, self.clock.now(), taken, data, link)


class People:
    """They follow the links of some pages, as a person would, until the answer says that it is theirs."""

    def __init__(
        self, outside: Outside, rng: Random, http: httpx2.AsyncClient, tasks: asyncio.TaskGroup
    ) -> None:
        self._outside = outside
        self._rng = rng
        self._http = http
        self._tasks = tasks
        self._clock = RealClock()
        self._known: set[str] = set()
        self._thinking: set[asyncio.Task[None]] = set()

    def think(self, arrival: Arrival) -> None:
        if arrival.link and arrival.link not in self._known and self._rng.random() < _ANSWERED:
            after = self._rng.uniform(0.3, _LONGEST_THOUGHT)
            task = self._tasks.create_task(self._answer(arrival.link, after))
            self._thinking.add(task)
            task.add_done_callback(self._thinking.discard)
        self._known.add(arrival.link)

    def leave(self) -> None:
        """Nobody answers any more."""
        for task in self._thinking:
            task.cancel()

    async def _answer(self, link: str, after: float) -> None:
        await asyncio.sleep(after)
        tries = 0
        while True:
            tries += 1
            try:
                answer = await self._http.post(link)
            except httpx2.TransportError:
                status = 0
            else:
                status = answer.status_code
            if status == httpx2.codes.OK:
                self._outside.acknowledged[link] = tries
                return
            if status in (httpx2.codes.NOT_FOUND, httpx2.codes.GONE):
                raise AssertionError(f"{link} was refused with {status}")
            await asyncio.sleep(min(1.0, 0.1 * tries))


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Receivers that listen for as long as the block lasts."""
    async with AsyncExitStack() as leaving:
        hook, probe = [await leaving.enter_async_context(webhook()) for _ in range(2)]
        pager = await leaving.enter_async_context(pagerduty())
        mail = await leaving.enter_async_context(mailbox())
        yield Outside(hook, pager, probe, mail)


def directory(template: Path, world: Outside) -> str:
    """The directory in which people have these receivers."""
    text = template.read_text()
    for name, receiver in (("HOOK", world.hook), ("PROBE", world.probe)):
        text = text.replace(f":{name}", f":{receiver.url}")
    return text


VERBS: dict[str, Answer | Hang | Drop] = {
    "hang": Hang(),
    "answer 500": broken(),
    "answer 429 with Retry-After: 3": busy(3),
    "take it and drop the connection": Drop(),
}
