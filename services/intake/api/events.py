"""`POST /v1/events`: who, what kind, how much, JSON, meaning, right to speak, identity. In this order.

A plain ASGI application: the checks have an order that must hold before a byte of the body is read.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.api.answers import URN, batch, single, status
from services.intake.api.body import Gone, Headers, read_body, refuse_early
from services.intake.api.media import BATCH, EITHER, ONE, media_type
from services.intake.domain.admission import Posted, Verdict
from services.intake.domain.event import Event, check
from services.intake.domain.json_text import Item, NotJson, TooManyItems, read
from services.intake.domain.limits import Limits, Rates
from services.intake.domain.meaning import KnownCase, meaning
from services.intake.domain.refusal import Mistake, Refusal
from shared.contracts.envelope import key_of
from shared.contracts.instant import Instant
from shared.ops import metrics
from shared.ops.access import Access, Caller
from shared.ops.clock import Clock
from shared.ops.problems import Problem
from shared.policy.book import PolicyBook
from shared.stream.door import Door, Unavailable
from shared.stream.submissions import Submission
from shared.stream.transient import TryAgain, transient

Reads = Callable[[Sequence[str]], Awaitable[Mapping[str, KnownCase]]]
"""What is known of the cases with these keys; a refusal may need it."""


class EventsDoor:
    """The ASGI application behind the route."""

    def __init__(
        self,
        door: Door[Posted, Verdict],
        access: Access,
        book: PolicyBook,
        known: Reads,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._door = door
        self._access = access
        self._book = book
        self._known = known
        self._clock = clock
        self._limits = limits
        self._rates = Rates(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = dict(scope["headers"])
        try:
            caller = await self._caller(scope["headers"])
            if not self._clock.aligned:
                raise _unavailable()  # the machine's own clock may be hours off: "in the future" is not known
            kind = media_type(headers)
            now = self._clock.real_now()
            bucket = self._rates.bucket(caller.tenant, now)
            if wait := bucket.seconds_to_wait(now):
                raise _too_many(wait)
            bucket.take(1)
            body = await self._body(kind, headers, receive)
        except Problem as problem:
            await refuse_early(problem, headers, receive, send)
            return
        except Gone:
            return
        answer = await self._answer(body, kind, caller)
        await answer(scope, receive, send)

    async def _caller(self, headers: Sequence[tuple[bytes, bytes]]) -> Caller:
        given = [value for name, value in headers if name == b"authorization"]
        try:
            with transient():
                caller = (
                    await self._access.authenticate(given[0].decode("latin-1")) if len(given) == 1 else None
                )
        except TryAgain:
            raise _unavailable() from None
        if caller is None:
            raise unauthorized()
        return caller

    async def _body(self, kind: str, headers: Headers, receive: Receive) -> bytes:
        limits = self._limits

        def limit(beginning: bytes) -> int:
            many = kind == BATCH or (kind == EITHER and beginning.lstrip(b" \t\r\n")[:1] in (b"[", b""))
            return limits.batch_bytes if many else limits.event_bytes

        most = limits.event_bytes if kind == ONE else limits.batch_bytes
        return await read_body(headers, receive, limit, most, limits.body_seconds)

    async def _answer(self, body: bytes, kind: str, caller: Caller) -> ASGIApp:
        try:
            items = read(body, self._limits.batch_events)
            if isinstance(items, Item):
                if kind == BATCH:
                    raise _not_the_shape("A batch is a JSON array of events.", f"send one event as {ONE}")
                [verdict] = await self._verdicts([items], caller)
                return single(verdict)
            if kind == ONE:
                raise _not_the_shape("One event is a JSON object.", f"send an array of events as {BATCH}")
            if not items:
                raise _not_the_shape("The batch is empty.", "send 1 event or more")
            self._rates.bucket(caller.tenant, self._clock.real_now()).take(len(items) - 1)
            verdicts = await self._verdicts(items, caller)
            return batch(verdicts)
        except NotJson as wrong:
            detail = f"The body is not JSON: {wrong}. Nothing was stored."
            return Problem(400, "Malformed JSON", detail, type=URN + "malformed").response()
        except TooManyItems:
            detail = (
                f"A batch holds at most {self._limits.batch_events} events. Nothing was stored; send several."
            )
            return Problem(413, "Content Too Large", detail).response()
        except Problem as problem:
            return problem.response()

    async def _verdicts(self, items: Sequence[Item], caller: Caller) -> list[Verdict]:
        """One verdict an item. Only events whose sender may speak for their source come to the door."""
        now = self._clock.now()
        checked = [self._check(item, now) for item in items]
        posted = [
            Posted(caller.tenant, one)
            for one in checked
            if isinstance(one, Event) and one.source in caller.sources
        ]
        answers = iter(await self._submit(posted) if posted else ())
        strangers = [one for one in checked if isinstance(one, Event) and one.source not in caller.sources]
        refused = iter(await self._refuse(strangers, caller) if strangers else ())
        verdicts: list[Verdict] = [
            one if isinstance(one, Refusal) else next(answers if one.source in caller.sources else refused)
            for one in checked
        ]
        for code, count in Counter(map(status, verdicts)).items():
            metrics.EVENTS_POSTED.labels(code).inc(count)
        return verdicts

    def _check(self, item: Item, now: Instant) -> Event | Refusal:
        if len(item.text) > self._limits.event_bytes // 4:  # as few characters may be as many bytes
            size, most = len(item.text.encode("utf-8", "surrogatepass")), self._limits.event_bytes
            if size > most:
                detail = f"The event has {size} bytes; at most {most} are taken."
                return Refusal(413, "too-large", "Content Too Large", detail)
        return check(item, now, self._limits.ahead)

    async def _submit(self, posted: Sequence[Posted]) -> Sequence[Verdict]:
        try:
            async with asyncio.timeout(self._limits.commit_seconds):
                return await self._door.submit(
                    [Submission(one.key, one) for one in posted],
                    together=len({one.identity for one in posted}) < len(posted),  # the first of two counts
                )
        except (Unavailable, TimeoutError):
            raise _unavailable() from None

    async def _refuse(self, events: Sequence[Event], caller: Caller) -> list[Refusal]:
        """Events for a source that the key is not bound to; what they mean is checked all the same."""
        keys = [key_of(caller.tenant, event.subject) for event in events]
        try:
            with transient():
                cases = await self._known(keys)
        except TryAgain:
            raise _unavailable() from None
        return [
            meaning(event, cases.get(key), self._book) or _stranger(event)
            for key, event in zip(keys, events, strict=True)
        ]


def _not_the_shape(detail: str, way_out: str) -> Problem:
    return Problem(
        422, "Invalid batch", detail, type=URN + "invalid", errors=[{"pointer": "", "detail": way_out}]
    )


def unauthorized() -> Problem:
    detail = "Send a valid key: `Authorization: Bearer tocsin_…`."
    return Problem(401, "Unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def _too_many(seconds: int) -> Problem:
    detail = f"More events than this tenant's rate allows. Nothing was stored; send it again in {seconds} s."
    return Problem(429, "Too Many Requests", detail, headers={"Retry-After": str(seconds)})


def _unavailable() -> Problem:
    detail = "Nothing can be made durable at the moment. Send it again, under the same id, in a moment."
    return Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"})


def _stranger(event: Event) -> Refusal:
    detail = f"This key may not speak for the source {event.source!r}. Use one that is bound to it."
    mistake = Mistake("/source", "is not a source of this key")
    return Refusal(403, "not-your-source", "Forbidden", detail, (mistake,), event.id, event.source)
