"""A seeded load: cases are told by HTTP, each event again and again under its id until it is taken."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx2

from cli.events import Event
from shared.contracts.instant import SECOND, Instant
from shared.ops.clock import RealClock
from tests.chaos.stage import SOURCE

EVENTS_A_CASE = 4.3
_LATE = 0.1
"""The share of answers that are told some seconds after they were given."""
_TWICE = 0.08
"""The share of events that are posted twice at once."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One event of a story: `after` seconds from its opening, told `late` seconds after it happened."""

    after: float
    type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    late: float = 0


def story(rng: Random) -> list[Beat]:
    """What happens to one case, in order; the same for the same seed."""
    severity = rng.choices(("P1", "P2", "P3"), (45, 35, 20))[0]
    told = {"customer": "acme", "severity": severity, "kind": "problem", "title": f"A {severity} problem"}
    beats = [Beat(0, "case.opened", told | {"region": rng.choice(("EMEA", "APAC"))})]
    at = rng.uniform(1, 5) if rng.random() < 0.5 else rng.uniform(5, 12)
    late = rng.uniform(1, 4) if rng.random() < _LATE else 0
    beats.append(Beat(at + late, "support.replied", {}, late))
    if rng.random() < 0.4:
        beats.append(Beat(at + 1, "case.status_changed", {"status": "in_progress"}))
    if rng.random() < 0.3:
        at += rng.uniform(1, 6)
        beats.append(Beat(at, "customer.replied", {"message": "m1"}))
        if rng.random() < 0.7:
            beats.append(Beat(at + rng.uniform(1, 8), "support.updated", {"text": "We are on it."}))
    if rng.random() < 0.25:
        at += rng.uniform(1, 4)
        beats.append(Beat(at, "case.status_changed", {"status": "waiting_for_customer"}))
        beats.append(Beat(at + rng.uniform(1, 6), "case.status_changed", {"status": "open"}))
    at = max(beat.after for beat in beats) + rng.uniform(1, 15)
    beats.append(Beat(at, "case.resolved", {"resolution": "fix"}))
    return sorted(beats, key=lambda beat: beat.after)


@dataclass(slots=True)
class Told:
    """An event that was posted, and what it was answered."""

    event: Event
    answers: list[str] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        return any(answer in ("202", "200") for answer in self.answers)


class Load:
    """Tells stories at a rate (events a second), each by a task of its own."""

    def __init__(
        self, doors: Callable[[], Sequence[str]], key: str, http: httpx2.AsyncClient, seed: str
    ) -> None:
        self.told: list[Told] = []
        self._doors = doors
        self._headers = {"Authorization": f"Bearer {key}"}
        self._http = http
        self._seed = seed
        self._clock = RealClock()
        self._hurry = asyncio.Event()

    async def run(self, rate: float, stop: asyncio.Event) -> None:
        """Begin new stories until told to stop; then bring all to their end at once."""
        pace = Random(f"{self._seed} pace")
        async with asyncio.TaskGroup() as tasks:
            for number in count(1):
                if stop.is_set():
                    break
                tasks.create_task(self._tell(number))
                await _until(stop, pace.expovariate(rate / EVENTS_A_CASE))
            self._hurry.set()

    async def _tell(self, number: int) -> None:
        rng = Random(f"{self._seed} {number}")
        case, begun = f"C-{self._seed}-{number}", self._clock.now()
        for place, beat in enumerate(story(rng), 1):
            at = begun + int(beat.after * SECOND)
            await _until(self._hurry, (at - self._clock.now()) / SECOND)
            if self._hurry.is_set() and beat.type != "case.resolved" and place > 1:
                continue
            happened = min(at, self._clock.now()) - int(beat.late * SECOND)
            event = Event(f"{case}-{place}", SOURCE, beat.type, case, happened, dict(beat.data))
            again = rng.random() < _TWICE
            await asyncio.gather(self.post(event), *([self.post(event)] if again else []))

    async def post(self, event: Event) -> Told:
        """Post it until it is taken, or refused for good."""
        told = Told(event)
        self.told.append(told)
        body, wait = event.as_json(), 0.05
        while True:
            door = self._doors()[len(told.answers) % len(self._doors())]
            try:
                answer = await self._http.post(f"{door}/v1/events", json=body, headers=self._headers)
                told.answers.append(str(answer.status_code))
            except httpx2.TransportError as broken:
                told.answers.append(type(broken).__name__)
            else:
                if answer.status_code in (200, 202):
                    return told
                if answer.status_code not in (408, 425, 429, 500, 502, 503, 504):
                    told.answers.append(answer.text)
                    return told
            await asyncio.sleep(wait)
            wait = min(1.0, wait * 2)

    @property
    def waiting(self) -> int:
        return sum(not told.taken for told in self.told)


def now_event(id: str, type: str, case: str, time: Instant, **data: Any) -> Event:
    return Event(id, SOURCE, type, case, time, data)


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the event is set."""
    try:
        async with asyncio.timeout(max(0, seconds)):
            await event.wait()
    except TimeoutError:
        return
