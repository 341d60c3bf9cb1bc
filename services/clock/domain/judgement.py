"""What follows from the facts of a case: the judgements on its clocks and the refusals of facts.

A judgement has an identity (what, of which cycle, at which instant) and what was said with it (due, cause …).
Two readings of the same facts have the same judgements; one that is said stays said until it is retracted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, assert_never

from shared.contracts import clock as say
from shared.contracts.decision import Saying

What = Literal[
    "started",
    "paused",
    "resumed",
    "recomputed",
    "warned",
    "breached",
    "met",
    "cancelled",
    "requested",
    "excused",
    "excuse ended",
    "judged",
]


class Judgement(NamedTuple):
    what: What
    clock: str
    cycle: int
    at: int
    due: int | None = None
    was_due: int | None = None
    amount: int = 0
    """Business time in microseconds: left (paused), used (met)."""
    words: str = ""
    """The target (started), the point (warned), the update's id (requested), the objective (judged);
    `measured` (paused) where nothing can be left."""
    cause: str = ""
    late: bool = False
    excused: bool = False
    until: int | None = None
    """The end of the exception (excused)."""
    notes: tuple[str, ...] = ()
    """The owner (started), what met it (met); reason, plan and approver (excused)."""
    actual: int | None = None
    """What the outcome was (judged), against `amount`."""
    policy: str = ""
    """The version it was judged under, where it is not the one that the case is pinned to."""

    @property
    def spoken(self) -> "Spoken":
        """What is to be remembered of it once it is said."""
        named = self.words if self.what in ("warned", "requested") else ""
        if self.what == "judged":
            named = f"{self.words} {self.actual}"
        return Spoken(self.what, self.clock, self.cycle, self.at, named, self.policy)


class Spoken(NamedTuple):
    """A judgement that was said: which one, and no more. What else was said of it follows from the facts."""

    what: What
    clock: str
    cycle: int
    at: int
    named: str = ""
    """The point (warned), the update's id (requested), the objective and its outcome (judged)."""
    policy: str = ""

    @property
    def identity(self) -> tuple[str, str, int, int, str]:
        return self[:5]


class Refusal(NamedTuple):
    """A fact that the case's life does not allow."""

    at: int
    fact: str
    source: str
    type: str
    reason: str


def saying(judgement: Judgement, policy: str) -> Saying:
    """The judgement as a fact to be said, at its own instant."""
    return Saying(_data(judgement, judgement.policy or policy), judgement.at)


def refused(refusal: Refusal) -> Saying:
    data = say.FactRefused(
        fact=refusal.fact, fact_source=refusal.source, fact_type=refusal.type, reason=refusal.reason
    )
    return Saying(data, refusal.at)


def reinstated(refusal: Refusal, now: int) -> Saying:
    data = say.FactReinstated(fact=refusal.fact, fact_source=refusal.source, fact_type=refusal.type)
    return Saying(data, now)


def retracted(spoken: Spoken, policy: str, cause: str, now: int) -> Saying | None:
    """None for a request to send an update: what was sent to the customer stays sent."""
    if spoken.what == "requested":
        return None
    data = say.ClockRetracted(
        clock=spoken.clock,
        cycle=spoken.cycle,
        at=spoken.at,
        policy=spoken.policy or policy,
        what=spoken.what,
        warning=spoken.named.partition(" ")[0] if spoken.what == "judged" else spoken.named,
        cause=cause,
    )
    return Saying(data, now)


def lost(old: Iterable[Spoken], new: Iterable[Spoken]) -> Iterator[int]:
    """The places in `old` of what is not in `new`."""
    kept = Counter(spoken.identity for spoken in new)
    for place, spoken in enumerate(old):
        if kept[spoken.identity]:
            kept[spoken.identity] -= 1
        else:
            yield place


def _data(it: Judgement, policy: str) -> say.ClockSaid:
    clock, cycle, at = it.clock, it.cycle, it.at
    match it.what:
        case "started":
            return say.ClockStarted(
                clock=clock,
                cycle=cycle,
                at=at,
                policy=policy,
                due=it.due,
                target=it.words,
                owner="".join(it.notes),
            )
        case "paused":
            return say.ClockPaused(
                clock=clock,
                cycle=cycle,
                at=at,
                policy=policy,
                cause=it.cause,
                remaining=None if it.words else it.amount,
            )
        case "resumed":
            return say.ClockResumed(
                clock=clock,
                cycle=cycle,
                at=at,
                policy=policy,
                cause=it.cause,
                due=it.due,
                excused=it.excused,
            )
        case "recomputed":
            return say.ClockRecomputed(
                clock=clock, cycle=cycle, at=at, policy=policy, cause=it.cause, was_due=it.was_due, due=it.due
            )
        case "warned":
            return say.ClockWarned(
                clock=clock, cycle=cycle, at=at, policy=policy, warning=it.words, due=_known(it.due)
            )
        case "breached":
            return say.ClockBreached(
                clock=clock, cycle=cycle, at=at, policy=policy, due=_known(it.due), cause=it.cause
            )
        case "met":
            return say.ClockMet(
                clock=clock,
                cycle=cycle,
                at=at,
                policy=policy,
                due=it.due,
                late=it.late,
                used=it.amount,
                by="".join(it.notes),
                excused=it.excused,
            )
        case "cancelled":
            return say.ClockCancelled(clock=clock, cycle=cycle, at=at, policy=policy, cause=it.cause)
        case "requested":
            return say.UpdateRequested(
                clock=clock, cycle=cycle, at=at, policy=policy, update=it.words, next_due=it.due
            )
        case "excused" | "excuse ended" | "judged":
            return _data_of_outcome(it, policy)
        case _:
            assert_never(it.what)


def _data_of_outcome(it: Judgement, policy: str) -> say.ClockSaid:
    """What is said of exceptions and of objectives."""
    clock, cycle, at = it.clock, it.cycle, it.at
    match it.what:
        case "excused":
            reason, plan, by = it.notes
            return say.ClockExcused(
                clock=clock,
                cycle=cycle,
                at=at,
                policy=policy,
                due=_known(it.due),
                until=_known(it.until),
                reason=reason,
                plan=plan,
                by=by,
            )
        case "excuse ended":
            return say.ClockExcuseEnded(clock=clock, cycle=cycle, at=at, policy=policy, cause=it.cause)
        case _:
            return say.ObjectiveJudged(
                clock=clock,
                cycle=cycle,
                at=at,
                policy=policy,
                objective=_objective(it.words),
                allowed=it.amount,
                actual=it.actual,
                kept=it.actual is not None and it.actual <= it.amount,
            )


def _objective(words: str) -> Literal["recovery_point", "data_lost"]:
    return "recovery_point" if words == "recovery_point" else "data_lost"


def _known(due: int | None) -> int:
    """What is due has an instant; warnings and breaches are of clocks that run."""
    if due is None:
        raise ValueError("a warning or breach without a due instant")
    return due
