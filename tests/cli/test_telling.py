"""A log told over HTTP: in time, in order, whatever the door does. The door is a small real application."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from cli.events import Event
from cli.replay.door import Door, DoorClosed
from cli.replay.telling import tell
from shared.ops.clock import RealClock, TimeLapse

HOUR = 3_600_000_000
ORIGIN = 1_456_704_000_000_000
Answer = tuple[int, Any, dict[str, str]]


class Desk:
    """Stores what it is told, by id; `mischief` may answer instead, before or after the storing."""

    def __init__(self, mischief: Callable[[int], str] = lambda _: "") -> None:
        self.told: dict[str, list[str]] = defaultdict(list)
        self.requests = 0
        self.early: list[str] = []
        self.mischief = mischief
        self.clock: TimeLapse | None = None

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.requests += 1
        trick = self.mischief(self.requests)
        if trick == "away":
            raise httpx2.ConnectError("nobody there")
        status, answer, headers = self.answer(json.loads(body), trick)
        if trick == "lost":
            raise httpx2.ReadError("cut off")
        sent = [
            (b"content-type", b"application/json"),
            *((k.encode(), v.encode()) for k, v in headers.items()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def answer(self, events: list[dict[str, Any]], trick: str) -> Answer:
        if trick == "busy":
            return 429, {"title": "too much"}, {"Retry-After": "0"}
        if trick == "closed":
            return 401, {"title": "no key"}, {}
        results = []
        for event in events:
            known = self.told[event["subject"]]
            if event["type"] == "odd":
                results.append({"id": event["id"], "status": 422, "problem": {"detail": "no such type"}})
                continue
            results.append({"id": event["id"], "status": "repeated" if event["id"] in known else "accepted"})
            if event["id"] not in known:
                known.append(event["id"])
            if self.clock and RealClock().now() < self.clock.anchor:
                self.early.append(event["id"])
        return 200, results, {}


def log(cases: int, each: int) -> list[Event]:
    """Two events of each case at every hour."""
    return [
        Event(f"{case}-{number}", "desk", "support.updated", f"C{case}", ORIGIN + number // 2 * HOUR, {})
        for number in range(each)
        for case in range(cases)
    ]


async def replay(
    desk: Desk, events: list[Event], clock: TimeLapse | RealClock, patience: int = 20_000_000
) -> Door:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(desk), base_url="http://desk") as client:
        door = Door(client, "http://desk", patience)
        answered: list[int] = []
        await tell(events, door, clock, answered.append)
        assert sum(answered) == len(events)
        return door


def in_order(desk: Desk, cases: int, each: int) -> bool:
    return desk.told == {f"C{case}": [f"{case}-{number}" for number in range(each)] for case in range(cases)}


async def test_everything_is_told_once_and_in_order() -> None:
    desk = Desk()
    door = await replay(desk, log(20, 30), RealClock())
    assert in_order(desk, 20, 30)
    assert (door.tally.accepted, door.tally.repeated, door.tally.refused) == (600, 0, [])


@pytest.mark.parametrize("trick", ["busy", "away", "lost"])
async def test_a_door_that_fails_now_and_then_costs_nothing(trick: str) -> None:
    desk = Desk(lambda request: trick if request % 3 else "")
    door = await replay(desk, log(20, 30), RealClock())
    assert in_order(desk, 20, 30)
    assert door.tally.accepted + door.tally.repeated == 600
    assert (door.tally.repeated > 0) == (trick == "lost"), "only an answer that was lost makes a repetition"


async def test_nothing_is_told_before_its_time() -> None:
    anchor = RealClock().now() + 50_000
    desk = Desk()
    desk.clock = TimeLapse(ORIGIN, anchor, 864_000)
    events = [Event("1", "desk", "support.updated", "A", ORIGIN + HOUR, {})]
    await replay(desk, events, desk.clock)
    assert desk.told == {"A": ["1"]}
    assert not desk.early
    assert desk.clock.now() >= ORIGIN + HOUR


async def test_what_the_door_refuses_is_told_with_why() -> None:
    desk = Desk()
    events = log(1, 2)
    events.insert(1, Event("x", "desk", "odd", "C0", ORIGIN, {}))
    door = await replay(desk, events, RealClock())
    assert [refusal.event.id for refusal in door.tally.refused] == ["x"]
    assert "no such type" in door.tally.refused[0].why
    assert in_order(desk, 1, 2)


@pytest.mark.parametrize(
    ("trick", "why"), [("closed", "401: .*no key"), ("away", "does not take events: ConnectError")]
)
async def test_a_door_that_stays_shut_ends_it(trick: str, why: str) -> None:
    with pytest.raises(ExceptionGroup) as shut:
        await asyncio.wait_for(replay(Desk(lambda _: trick), log(1, 1), RealClock(), patience=100_000), 30)
    assert shut.group_contains(DoorClosed, match=why)
