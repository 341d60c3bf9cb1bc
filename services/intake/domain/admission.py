"""What becomes of well-formed events: accepted, repeated or refused. The first of two alike counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.intake.domain.content import same
from services.intake.domain.event import Event
from services.intake.domain.meaning import KnownCase, learn, meaning, opened_twice
from services.intake.domain.refusal import Refusal
from shared.contracts.envelope import key_of
from shared.policy.book import PolicyBook

Identity = tuple[str, str, str]
"""Tenant, source and id: the same event, whatever connection it comes by."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An event from a caller who may speak for its source."""

    tenant: str
    event: Event

    @property
    def key(self) -> str:
        return key_of(self.tenant, self.event.subject)

    @property
    def identity(self) -> Identity:
        return self.tenant, self.event.source, self.event.id


@dataclass(frozen=True, slots=True)
class Taken:
    """It is in the journal: now, or (`repeated`) since it was first sent."""

    id: str
    source: str
    repeated: bool


Verdict = Taken | Refusal


@dataclass(slots=True)
class Judged:
    """The verdicts in the order of what was posted; `new` are the places of those to be journalled."""

    verdicts: list[Verdict] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    cases: dict[str, KnownCase | None] = field(default_factory=dict)
    """What is known of each new event's case after all of them; None: not opened yet."""


def judge(
    posted: Sequence[Posted],
    stored: Mapping[Identity, str],
    cases: Mapping[str, KnownCase],
    book: PolicyBook,
) -> Judged:
    """`stored`: the events that the journal knows by these identities; `cases`: what is known of the keys."""
    judged = Judged()
    known = dict(stored)
    for place, one in enumerate(posted):
        event, key = one.event, one.key
        case = judged.cases.get(key) or cases.get(key)
        verdict = _verdict(event, known.get(one.identity), case, book)
        judged.verdicts.append(verdict)
        if isinstance(verdict, Taken) and not verdict.repeated:
            known[one.identity] = event.text
            judged.new.append(place)
            judged.cases[key] = learn(event, case)
    return judged


def identified(event: Event, stored: str) -> Verdict:
    """What an event is whose identity the journal knows, as that of this event."""
    if same(stored, event.text):
        return Taken(event.id, event.source, repeated=True)
    return _other_content(event)


def _other_content(event: Event) -> Refusal:
    detail = (
        f"Another event with the source {event.source!r} and the id {event.id!r} was accepted before. "
        "Send a new event under a new id."
    )
    return Refusal(409, "conflict", "Other content", detail, (), event.id, event.source)


def _verdict(event: Event, stored: str | None, case: KnownCase | None, book: PolicyBook) -> Verdict:
    if stored is not None and same(stored, event.text):
        return Taken(event.id, event.source, repeated=True)
    if refusal := meaning(event, case, book):
        return refusal
    if stored is not None:
        return _other_content(event)
    if event.type == "case.opened" and case is not None:
        return opened_twice(event)
    return Taken(event.id, event.source, repeated=False)
