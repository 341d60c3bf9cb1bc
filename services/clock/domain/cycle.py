"""One run of one clock: its states, what moves it from one to another, and what it remembers.

TRANSITIONS is the whole state machine; the documentation's diagram is drawn from it.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from shared.calendar import pauses as paused_time
from shared.calendar.calendar import Calendar
from shared.policy.targets import MEASURED

State = Literal[
    "running",
    "paused",
    "excused",
    "excused, paused",
    "breached",
    "breached, paused",
    "met",
    "met excused",
    "met late",
    "cancelled",
    "cancelled late",
]
Event = Literal["pause", "resume", "excuse", "lapse", "breach", "meet", "cancel", "reopen"]

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("running", "pause"): "paused",
    ("running", "excuse"): "excused",
    ("running", "breach"): "breached",
    ("running", "meet"): "met",
    ("running", "cancel"): "cancelled",
    ("paused", "resume"): "running",
    ("paused", "excuse"): "excused, paused",  # a change of terms that leaves less than was used
    ("paused", "breach"): "breached, paused",  # likewise
    ("paused", "meet"): "met",
    ("paused", "cancel"): "cancelled",
    ("excused", "pause"): "excused, paused",
    ("excused", "lapse"): "running",  # the exception ended, and other terms leave something
    ("excused", "breach"): "breached",  # the exception ended
    ("excused", "meet"): "met excused",
    ("excused", "cancel"): "cancelled",
    ("excused, paused", "resume"): "excused",
    ("excused, paused", "lapse"): "paused",
    ("excused, paused", "breach"): "breached, paused",
    ("excused, paused", "meet"): "met excused",
    ("excused, paused", "cancel"): "cancelled",
    ("breached", "pause"): "breached, paused",
    ("breached", "meet"): "met late",
    ("breached", "cancel"): "cancelled late",
    ("breached, paused", "resume"): "breached",
    ("breached, paused", "meet"): "met late",
    ("breached, paused", "cancel"): "cancelled late",
    ("met", "reopen"): "running",
    ("met excused", "reopen"): "running",  # past its target it is judged again
    ("met late", "reopen"): "breached",
    ("cancelled", "reopen"): "running",
    ("cancelled late", "reopen"): "breached",
}

ENDED: frozenset[State] = frozenset(("met", "met excused", "met late", "cancelled", "cancelled late"))

Interval = tuple[int, int]


class Point(NamedTuple):
    """A point of a cycle under its present terms: how much is used there."""

    amount: int
    words: str
    kind: Literal["warn", "request"]


class Timer(NamedTuple):
    """An instant at which a cycle is heard of, unless a fact changes it before."""

    at: int
    words: str
    kind: Literal["warn", "request", "breach"]


class Cycle(NamedTuple):
    """All instants in UTC microseconds, amounts in microseconds of business time.

    A tuple, since most of what the domain does is to make one from another. New members go to the end.
    """

    clock: str
    number: int
    state: State
    start: int
    counts_from: int
    """Where the target is counted from: the start, or a change of terms where the policy says `from_now`."""
    budget: int
    calendar: str
    target: str
    """In the words of the policy."""
    rolls: bool
    """A budget that ends at closing is shown as due at the next opening (see policy.targets)."""
    points: tuple[Point, ...] = ()
    due: int | None = None
    """None while paused."""
    timers: tuple[Timer, ...] = ()
    """Those to come, in order."""
    fired: tuple[str, ...] = ()
    """The points that were reached under the present terms; `request` once an update was asked for."""
    pauses: tuple[Interval, ...] = ()
    paused_at: int | None = None
    paused_by: str = ""
    breached_at: int | None = None
    ended_at: int | None = None
    ended_by: str = ""
    ended_with_case: bool = False
    """Ended by what ended the case, so that reopening the case concerns it."""
    excused_at: int | None = None
    """Since when an exception excuses that its target is used up, or was."""
    promise_rule: int = -1
    """Which rule of the clock's promises holds, from 0; for explanations."""
    coverage_rule: int = -1
    """Which rule names the calendar; -1: the target names it itself."""
    policy: str = ""
    """The version that its terms are of; empty: the one that the case is pinned to."""

    @property
    def name(self) -> tuple[str, int]:
        """Which of the case's cycles it is."""
        return self.clock, self.number

    @property
    def measured(self) -> bool:
        """Without a target: never due."""
        return self.target == MEASURED

    @property
    def open(self) -> bool:
        return self.state not in ENDED

    def moved(self, event: Event) -> State:
        """Raises KeyError for what the table does not name: a bug, not an input."""
        return TRANSITIONS[self.state, event]

    def used(self, calendar: Calendar, at: int) -> int:
        """Business time from where it counts to `at` (or to its end), without pauses."""
        stopped = self.ended_at if self.paused_at is None else self.paused_at
        until = at if stopped is None else min(at, stopped)
        if until <= self.counts_from:
            return 0
        return paused_time.elapsed(calendar, self.counts_from, until, self.pauses)


def breached(cycle: Cycle, at: int, due: int | None) -> Cycle:
    return cycle._replace(
        state=cycle.moved("breach"), breached_at=at, due=due, timers=_without_breach(cycle.timers)
    )


def excused(cycle: Cycle, at: int, due: int | None) -> Cycle:
    return cycle._replace(
        state=cycle.moved("excuse"), excused_at=at, due=due, timers=_without_breach(cycle.timers)
    )


def lapsed(cycle: Cycle) -> Cycle:
    """No longer excused and within its target again; due and timers still have to be reckoned."""
    return cycle._replace(state=cycle.moved("lapse"), excused_at=None)


def paused(cycle: Cycle, at: int, cause: str) -> Cycle:
    return cycle._replace(state=cycle.moved("pause"), paused_at=at, paused_by=cause, due=None, timers=())


def resumed(cycle: Cycle, at: int) -> Cycle:
    """Running again; due and timers still have to be reckoned."""
    return cycle._replace(
        state=cycle.moved("resume"), pauses=_closed(cycle, at), paused_at=None, paused_by=""
    )


def ended(cycle: Cycle, event: Literal["meet", "cancel"], at: int, by: str, *, with_case: bool) -> Cycle:
    """At its end; `with_case`: what ended it ended the case too, so that reopening the case concerns it."""
    return cycle._replace(
        state=cycle.moved(event),
        points=cycle.points if with_case else (),  # only what ended with its case may be reopened with it
        timers=(),
        fired=cycle.fired if with_case else (),
        pauses=_closed(cycle, at),
        paused_at=None,
        paused_by="",
        ended_at=at,
        ended_by=by,
        ended_with_case=with_case,
    )


def reopened(cycle: Cycle, at: int) -> Cycle:
    """Running again, the time since its end a pause; due and timers still have to be reckoned."""
    end = at if cycle.ended_at is None else cycle.ended_at
    return cycle._replace(
        state=cycle.moved("reopen"),
        pauses=(*cycle.pauses, (end, at)) if end < at else cycle.pauses,
        ended_at=None,
        ended_by="",
        ended_with_case=False,
        excused_at=None,
    )


def _without_breach(timers: tuple[Timer, ...]) -> tuple[Timer, ...]:
    return tuple([timer for timer in timers if timer.kind != "breach"])


def _closed(cycle: Cycle, at: int) -> tuple[Interval, ...]:
    """The pauses with the present one ended."""
    if cycle.paused_at is None or cycle.paused_at == at:
        return cycle.pauses
    return (*cycle.pauses, (cycle.paused_at, at))
