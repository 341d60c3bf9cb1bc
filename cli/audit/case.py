"""One case as the checks ask about it: its dossier, read; what is expensive is made once."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cli.audit.deciders import Deciders
from cli.audit.dossier import Dossier, Horizon
from cli.audit.refolding import NotFolded, Refolded, refold
from shared.contracts.envelope import partition_of
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, OWNERS, TOPICS
from shared.stream.fold import Row
from shared.stream.wire import Record

DOORS = frozenset({CASES, ACKNOWLEDGEMENTS})
"""Topics that are numbered by a door; the others by the states of their owner."""


@dataclass(slots=True)
class Verdict:
    """What one check came to: how much was looked at, and in words what is wrong."""

    checked: int = 0
    violations: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    """What is no violation and yet worth knowing, counted."""

    def expect(self, holds: bool, violation: str) -> bool:  # noqa: FBT001 - reads as a sentence
        self.checked += 1
        if not holds:
            self.violations.append(violation)
        return holds


class Case:
    def __init__(self, dossier: Dossier, horizon: Horizon, deciders: Deciders) -> None:
        self.key = dossier.key
        self.dossier = dossier
        self.horizon = horizon
        self.deciders = deciders
        self.partition = partition_of(self.key, horizon.partitions)
        self._rows: dict[str, Row[Any] | None] = {}
        self._refolded: dict[str, Refolded | NotFolded] = {}

    @cached_property
    def said(self) -> dict[str, dict[int, Record]]:
        """By topic and number, each fact once: from the wire, and what the outbox alone has."""
        found: dict[str, dict[int, Record]] = {topic: {} for topic in TOPICS}
        for topic in TOPICS:
            on_wire = (one.record for one in self.dossier.wire.get(topic, ()))
            for record in (*on_wire, *self.dossier.outbox.get(topic, ())):
                if (number := number_of(record)) is not None:
                    found[topic].setdefault(number, record)
        return found

    def row(self, service: str) -> Row[Any] | None:
        """The stored state, read; None where the service never heard of the case."""
        if service not in self._rows:
            stored = self.dossier.states.get(service)
            self._rows[service] = None if stored is None else self.deciders.store(service).read(stored)
        return self._rows[service]

    def last(self, topic: str) -> int:
        """The last number that its owner had given at the snapshot."""
        owner = OWNERS[topic]
        if topic in DOORS:
            return self.dossier.numbers.get(owner, 0)
        row = self.row(owner)
        if row is None:
            return 0
        says = self.deciders.any_of(owner).says
        return row.thread.said if topic == says else row.thread.aside.get(topic, 0)

    def cut(self, topic: str) -> bool:
        """Whether the beginning of the case's lane is gone: retention."""
        return self.horizon.floors.get((topic, self.partition), 0) > 0

    def began_before(self, service: str) -> bool:
        """Whether the service heard something of it that is gone from the wire, or was never recorded."""
        row = self.row(service)
        for topic in self.deciders.any_of(service).hears:
            lane = service, topic, self.partition
            if row is None or not (self.cut(topic) or self.horizon.recorded.get(lane, 0)):
                continue
            heard = row.thread.heard.get(topic)
            numbers = {
                number_of(record)
                for record, moments in self.dossier.wire.get(topic, ())
                if any(moment.service == service for moment in moments)
            }
            if heard is not None and len(numbers) < heard.last - len(heard.missing):
                return True
        return False

    def refolded(self, service: str) -> Refolded:
        """Raises NotFolded."""
        if service not in self._refolded:
            try:
                if self.began_before(service):
                    raise NotFolded("began before the first fact that the wire and the turns still have")
                self._refolded[service] = refold(
                    self.dossier, service, self.deciders, self.horizon.partitions
                )
            except NotFolded as why:
                self._refolded[service] = why
        found = self._refolded[service]
        if isinstance(found, NotFolded):
            raise found
        return found


def header(record: Record, name: str) -> str:
    """A CloudEvents attribute; empty where it is missing."""
    wanted = f"ce_{name}"
    return next((value.decode() for named, value in record.headers if named == wanted), "")


def number_of(record: Record) -> int | None:
    """The owner's number; None of what is no fact of ours."""
    found = header(record, "sequence")
    return int(found) if found.isdigit() else None


def place(record: Record) -> str:
    """Where a record is, for a person to look it up."""
    where = f"{record.topic} {record.partition}/{record.offset}" if record.offset >= 0 else "the outbox"
    return f"{header(record, 'type') or 'a record'} {record.topic}-{number_of(record)} ({where})"
