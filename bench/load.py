"""The load: cases of a service desk, told event by event, seeded, rendered to bytes without a JSON library.

The stories are those of tests/data/incidents.csv (an invented log with a real one's shape; `shape` states its
proportions), drawn at random. A desk has a number of live cases; each event is the next one of a case drawn
from them, and a case that has ended makes room for a new one. So the mix is the log's from the start on.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from json import dumps
from pathlib import Path
from random import Random
from typing import Any

from cli.simulation.log import read_log
from shared.contracts.case import CASE_FACTS
from shared.contracts.case_said import CaseSaid
from shared.contracts.envelope import Fact, key_of
from shared.contracts.instant import render
from shared.contracts.topics import CASES

LOG = Path(__file__).parents[1] / "tests" / "data" / "incidents.csv"
TENANT = SOURCE = CUSTOMER = "bench"
SEVERITIES = {"critical": 1, "high": 2, "moderate": 94, "low": 3}
"""Per cent: about what the public incident log of a ServiceNow instance has."""

_MODELS: Mapping[str, type[CaseSaid]] = {model.type: model for model in CASE_FACTS}


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a story: its type, its data, and its JSON up to the id and between id and subject."""

    type: str
    data: Mapping[str, Any]
    head: bytes
    middle: bytes


Story = Sequence[Told]


@cache
def stories() -> Mapping[str, Sequence[Story]]:
    """The log's cases as stories, for each severity."""
    cases: dict[str, list[Any]] = {}
    for event in read_log(LOG, None):
        cases.setdefault(event.subject, []).append(event)
    return {
        severity: [
            [_told(number, event.type, _data(event.data, severity)) for number, event in enumerate(case, 1)]
            for case in cases.values()
        ]
        for severity in SEVERITIES
    }


def shape() -> str:
    """The log's proportions, in a line."""
    told = stories()["moderate"]
    kinds = Counter(one.type for story in told for one in story)
    each = ", ".join(f"{kind} {count / len(told):.2f}" for kind, count in kinds.most_common())
    return f"{sum(kinds.values()) / len(told):.2f} events a case: {each}"


def _data(data: Mapping[str, Any], severity: str) -> Mapping[str, Any]:
    changed = dict(data)
    if "customer" in changed:
        changed |= {"customer": CUSTOMER, "severity": severity, "title": "It does not work any more"}
    return changed


def _told(number: int, kind: str, data: Mapping[str, Any]) -> Told:
    head = f'{{"specversion":"1.0","source":"{SOURCE}","type":"{kind}","data":{dumps(data)},"id":"'
    return Told(kind, data, head.encode(), f'-{number}","subject":"'.encode())


@dataclass(slots=True)
class Case:
    """A live case: how far its story is told, and how many of its events were."""

    subject: bytes
    story: Story
    place: int = 0
    said: int = 0


def event(subject: str, number: int | str, kind: str, data: Mapping[str, Any], at: int) -> bytes:
    """One event by itself, at an instant in microseconds."""
    return dumps(
        {
            "specversion": "1.0",
            "source": SOURCE,
            "type": kind,
            "data": data,
            "id": f"{subject}-{number}",
            "subject": subject,
            "time": render(at),
        }
    ).encode()


def opening(subject: str, severity: str, at: int) -> bytes:
    """The opening of a case by itself."""
    data = {"customer": CUSTOMER, "severity": severity, "kind": "problem", "title": "It does not work"}
    return event(subject, 1, "case.opened", data, at)


class Desk:
    """A seeded source of events. `opened` notes when each critical case was opened, in real nanoseconds."""

    def __init__(self, seed: int, live: int, name: str = "B") -> None:
        self._random = Random(seed)
        self._name = name
        self._count = 0
        self._live = [self._new() for _ in range(live)]
        self._to_open = live
        self._second, self._prefix = -1, b""
        self.opened: dict[str, int] = {}

    @property
    def cases(self) -> int:
        """How many have been begun."""
        return self._count - self._to_open

    def events(self, count: int) -> list[bytes]:
        """The next events as JSON, happening now."""
        now = time.time_ns()
        stamp = self._stamp(now // 1000)
        return [
            told.head + case.subject + told.middle + case.subject + stamp
            for case, told in (self._next(now) for _ in range(count))
        ]

    def facts(self, count: int, at: int) -> Iterator[Fact]:
        """The next events as facts with their numbers, as intake would say them; `at` in microseconds."""
        for _ in range(count):
            case, told = self._next(at * 1000)
            subject = case.subject.decode()
            key = key_of(TENANT, subject)
            data = _MODELS[told.type].model_validate(told.data)
            ident = f"{subject}-{case.said}"
            yield Fact(key, at, data, SOURCE, ident, CASES, case.said, correlation=ident)

    def critical(self) -> tuple[str, bytes]:
        """The opening of a critical case beside the live ones: its subject, and the event."""
        case = self._new("critical")
        now = time.time_ns()
        self.opened[case.subject.decode()] = now
        told = case.story[0]
        event = told.head + case.subject + told.middle + case.subject + self._stamp(now // 1000)
        return case.subject.decode(), event

    def _next(self, now: int) -> tuple[Case, Told]:
        if self._to_open:  # all live cases are opened first, and then go on from anywhere in their story
            self._to_open -= 1
            case = self._live[self._to_open]
        else:
            place = int(self._random.random() * len(self._live))
            case = self._live[place]
            if case.place == len(case.story):
                case = self._live[place] = self._new()
        told = case.story[case.place]
        case.place += 1
        case.said += 1
        if case.said == 1:
            if told.data["severity"] == "critical":
                self.opened[case.subject.decode()] = now
            if self._count <= len(self._live):
                case.place = self._random.randint(1, len(case.story))
        return case, told

    def _new(self, severity: str | None = None) -> Case:
        self._count += 1
        if severity is None:
            [severity] = self._random.choices(list(SEVERITIES), list(SEVERITIES.values()))
        return Case(f"{self._name}{self._count:09}".encode(), self._random.choice(stories()[severity]))

    def _stamp(self, micros: int) -> bytes:
        second, fraction = divmod(micros, 1_000_000)
        if second != self._second:
            self._second = second
            text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._prefix = f'","time":"{text}.'.encode()
        return self._prefix + b'%06dZ"}' % fraction
