"""What the clock service remembers of a case: its facts, where its clocks stand, what was said."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.clock.domain.agreement import Step
from services.clock.domain.cycle import Cycle
from services.clock.domain.exceptions import Waiver
from services.clock.domain.judgement import Refusal, Spoken
from services.clock.domain.lifecycle import Phase
from shared.calendar.spans import Span
from shared.contracts.case import CASE_FACTS, CaseMerged, CaseSplit
from shared.contracts.case_said import CaseSaid
from shared.contracts.envelope import Fact, Said
from shared.contracts.notifier import UpdateSent
from shared.contracts.occasions import (
    OCCASIONS,
    CaseAbsorbed,
    ExceptionApproved,
    ExceptionEnded,
    ExceptionRejected,
    ExceptionRequested,
    PolicyMoved,
    ServiceRestored,
    SeverityConfirmed,
    SeverityDisputed,
    SeverityProposed,
)
from shared.contracts.topics import CASES

Stated = dict[str, str | list[str]]

_UNASKED = frozenset(("title", "contact"))
"""Attributes that no rule asks for by their value: not worth keeping in every state."""


_DETAILED = frozenset((CaseSplit, *OCCASIONS))
"""Of the others there is no more to remember than what they state."""


class Noted(NamedTuple):
    """A fact as the case remembers it. Facts are ordered by time, then by who said them, then by number."""

    time: int
    order: int
    sequence: int
    id: str
    source: str
    type: str
    data: dict[str, Any]
    """Attribute to a word, a list of words, or None where it is taken back."""
    details: dict[str, Any] | None = None
    """What else the domain must remember of it."""

    @property
    def more(self) -> dict[str, Any]:
        return self.details or {}

    @property
    def place(self) -> tuple[int, int, int]:
        return self.time, self.order, self.sequence


class Pin(NamedTuple):
    """What an opening bound the case to, for good: the policy's version and what the agreement states."""

    opening: str
    source: str
    policy: str
    agreed: dict[str, str]


class Snapshot(NamedTuple):
    """Where the clocks stand after `applied` facts and every timer up to `at`."""

    pin: Pin
    opened: int
    applied: int
    at: int
    phase: Phase
    stated: Stated
    cycles: dict[str, Cycle]
    """The latest cycle of each clock."""
    past: tuple[Cycle, ...] = ()
    agreement: tuple[Step, ...] = ()
    exceptions: tuple[Waiver, ...] = ()
    policy: str = ""
    """The version that an owner moved the case to; empty: the one it is pinned to."""

    @property
    def version(self) -> str:
        """The version of the policy that is in force for the case."""
        return self.policy or self.pin.policy


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The state of one case. Without a snapshot nobody has opened it yet, and its facts wait."""

    history: tuple[Noted, ...] = ()
    snapshot: Snapshot | None = None
    said: tuple[Spoken, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def waiting(self) -> int:
        """How many facts wait for the case's opening."""
        return 0 if self.snapshot else len(self.history) - len(self.refused)


HEEDS: frozenset[str] = frozenset({said.type for said in CASE_FACTS} | {UpdateSent.type})
"""The types of facts that may be the business of clocks; no other changes anything."""


def noted(fact: Fact) -> Noted | None:
    """The fact as far as clocks are concerned; None: it is no business of theirs."""
    if fact.topic == CASES:
        data, details = _kept(fact.data), _details(fact.data)
        return Noted(fact.time, 0, fact.sequence, fact.id, fact.source, fact.type, data, details)
    if isinstance(fact.data, UpdateSent):
        return Noted(
            _asked_at(fact.data),
            1,
            fact.sequence,
            fact.id,
            fact.source,
            fact.type,
            {"update": fact.data.update},
        )
    return None


def update_id(clock: str, at: int) -> str:
    """One name for one update: its clock and the instant at which it was asked for.

    Not its cycle: a late fact may number cycles anew, and nobody is to be told the same a second time.
    """
    return f"{clock}-{at}"


def _asked_at(sent: UpdateSent) -> int:
    """What counts is the instant at which the update was asked for, so that the cadence does not drift."""
    asked = sent.update.rpartition("-")[2]
    return int(asked) if asked.isdecimal() else sent.at


def inserted(history: tuple[Noted, ...], fact: Noted) -> tuple[tuple[Noted, ...], int]:
    """The history with the fact in its place, and that place."""
    if not history or history[-1].place < fact.place:
        return (*history, fact), len(history)
    at = bisect_right(history, fact.place, key=_place)
    return (*history[:at], fact, *history[at:]), at


def _place(fact: Noted) -> tuple[int, int, int]:
    return fact.place


def _kept(data: Said) -> dict[str, str | list[str] | None]:
    match data:
        case CaseMerged():
            return {"into": data.into}
        case CaseSaid():
            return _stated(data.states())
        case _:
            return {}


def _details(data: Said) -> dict[str, Any] | None:
    if type(data) not in _DETAILED:
        return None
    match data:
        case SeverityProposed() | SeverityConfirmed() | SeverityDisputed():
            return {"by": data.by}
        case ExceptionRequested():
            return data.model_dump(include={"reason", "plan", "expires", "by"}, exclude_none=True)
        case ExceptionApproved() | ExceptionRejected() | ExceptionEnded():
            return data.model_dump(include={"reason", "by"}, exclude_none=True)
        case CaseSplit():
            return {"opened": data.opened, "cause": f"split off {data.from_}"}
        case CaseAbsorbed():
            waited = [(each.since, each.until) for each in data.waited or ()]
            return {"opened": data.opened, "cause": f"merged with {data.case}", "waited": waited}
        case PolicyMoved():
            return {"policy": data.policy, "open_clocks": data.open_clocks}
        case ServiceRestored():
            lost = None if data.data_lost is None else Span.parse(data.data_lost).microseconds
            return {"recovery_point": data.recovery_point, "data_lost": lost}
        case _:
            return None


def _stated(given: Mapping[str, object]) -> dict[str, str | list[str] | None]:
    """What rules can ask for: words, lists of words, numbers and truth values as words; None takes back."""
    stated: dict[str, str | list[str] | None] = {}
    for name, value in given.items():
        if name in _UNASKED:
            continue
        match value:
            case None | str():
                stated[name] = value
            case bool():
                stated[name] = str(value).lower()
            case int() | float():
                stated[name] = str(value)
            case list():
                stated[name] = [str(item) for item in value if isinstance(item, (str, int, float))]
            case _:
                continue
    return stated
