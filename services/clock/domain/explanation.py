"""Why a clock says what it says: rules, start, each open interval counted, pauses, changes, due instant.

Made from the facts that the state holds; sums are true: the counted time up to the due instant is the budget.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import BaseModel

from services.clock.domain.case import CaseClocks
from services.clock.domain.cycle import Cycle, State
from services.clock.domain.folding import judgements
from services.clock.domain.judgement import Judgement
from services.clock.domain.narrative import Told, told
from shared.calendar.calendar import Calendar
from shared.calendar.intervals import Interval, clip, subtract, union
from shared.contracts.instant import SECOND, Instant
from shared.policy.book import PolicyBook
from shared.policy.match import Rules
from shared.policy.policy import Policy

T = TypeVar("T")


class RuleShown(BaseModel):
    """The rule of the policy that was taken, the first that matches, and those above it that did not."""

    says: str
    when: str
    line: int
    passed_over: list[str]


class Counted(BaseModel):
    """One piece of open time, and the sum so far."""

    since: Instant
    until: Instant
    seconds: float
    total_seconds: float


class PauseShown(BaseModel):
    """Time that does not count; `gives_back_seconds` of it would have been open."""

    since: Instant
    until: Instant | None
    cause: str
    gives_back_seconds: float


class Change(BaseModel):
    """The due instant moved."""

    at: Instant
    cause: str
    was_due: Instant | None
    due: Instant | None


class CycleExplained(BaseModel):
    clock: str
    cycle: int
    means: str
    owner: str
    policy: str
    state: State
    target: str
    target_rule: RuleShown | None
    calendar: str
    zone: str
    calendar_rule: RuleShown | None
    """None: the target names its calendar itself."""
    started: Instant
    started_by: str
    counts_from: Instant
    budget_seconds: float | None
    """The target as open time; none of a clock that only measures."""
    counted: list[Counted]
    """Up to the due instant; where there is none, up to the end, the pause or now."""
    due: Instant | None
    due_at_next_opening: bool
    """The last counted second lies before closing, and the due is the opening after it."""
    used_seconds: float
    pauses: list[PauseShown]
    changes: list[Change]
    story: list[Told]
    """Everything that was judged of this cycle, in order."""


class Explanation(BaseModel):
    clock: str
    now: Instant
    policy: str
    cycles: list[CycleExplained]


def explain(book: PolicyBook, state: CaseClocks, clock: str, now: int) -> Explanation | None:
    """Every cycle of a clock; None: the case is not open yet, or its policy has no such clock."""
    snapshot = state.snapshot
    if snapshot is None:
        return None
    cycles = [cycle for cycle in (*snapshot.past, *snapshot.cycles.values()) if cycle.clock == clock]
    if not cycles and clock not in book.pinned(snapshot.version).clocks:
        return None
    judged = judgements(book, state)
    explained = []
    for cycle in cycles:
        policy = book.pinned(cycle.policy or snapshot.pin.policy)
        of_cycle = [each for each in judged if (each.clock, each.cycle) == cycle.name]
        explained.append(_explained(policy, state, cycle, of_cycle, now))
    return Explanation(clock=clock, now=now, policy=snapshot.version, cycles=explained)


def _explained(
    policy: Policy, state: CaseClocks, cycle: Cycle, judged: list[Judgement], now: int
) -> CycleExplained:
    clock, calendar = policy.clocks[cycle.clock], policy.calendars[cycle.calendar]
    counted = list(_counted(cycle, calendar, now))
    due_later = cycle.due is not None and (not counted or counted[-1].until < cycle.due)
    return CycleExplained(
        clock=cycle.clock,
        cycle=cycle.number,
        means=clock.means,
        owner=clock.owner,
        policy=policy.version,
        state=cycle.state,
        target=cycle.target,
        target_rule=_rule(clock.promises, cycle.promise_rule, cycle.target),
        calendar=cycle.calendar,
        zone=str(calendar.schedule.zone),
        calendar_rule=_rule(clock.calendar or policy.coverage, cycle.coverage_rule, cycle.calendar),
        started=cycle.start,
        started_by=_started_by(state, cycle),
        counts_from=cycle.counts_from,
        budget_seconds=None if cycle.measured else cycle.budget / SECOND,
        counted=counted,
        due=cycle.due,
        due_at_next_opening=due_later and cycle.budget > 0,
        used_seconds=cycle.used(calendar, now) / SECOND,
        pauses=list(_pauses(cycle, calendar, judged, now)),
        changes=[
            Change(at=each.at, cause=each.cause, was_due=each.was_due, due=each.due)
            for each in judged
            if each.what == "recomputed"
        ],
        story=told(judged),
    )


def _rule(rules: Rules[T], index: int, says: str) -> RuleShown | None:
    if index < 0:
        return None
    rule = rules.rules[index]
    passed = [f"line {each.line}: {each.when}" for each in rules.rules[:index]]
    return RuleShown(says=says, when=str(rule.when), line=rule.line, passed_over=passed)


def _started_by(state: CaseClocks, cycle: Cycle) -> str:
    """The facts of the instant at which it started."""
    facts = [fact.type for fact in state.history if fact.time == cycle.start]
    return " and ".join(dict.fromkeys(facts)) or "the passing of time"


def _counted(cycle: Cycle, calendar: Calendar, now: int) -> Iterator[Counted]:
    stopped = cycle.paused_at if cycle.paused_at is not None else cycle.ended_at
    until = cycle.due if cycle.due is not None else now if stopped is None else min(now, stopped)
    if until <= cycle.counts_from:
        return
    total = 0
    for since, end in _open(calendar, cycle.counts_from, until, cycle.pauses):
        total += end - since
        yield Counted(since=since, until=end, seconds=(end - since) / SECOND, total_seconds=total / SECOND)


def _open(calendar: Calendar, since: int, until: int, pauses: Iterable[Interval]) -> list[Interval]:
    return subtract(list(calendar.intervals(since, until)), clip(union(pauses), since, until))


def _pauses(cycle: Cycle, calendar: Calendar, judged: list[Judgement], now: int) -> Iterator[PauseShown]:
    causes = {each.at: each.cause for each in judged if each.what in ("paused", "cancelled")}
    ends = {each.at: " ".join(each.notes) for each in judged if each.what == "met"}
    paused: list[tuple[int, int | None]] = list(cycle.pauses)
    if cycle.paused_at is not None:
        paused.append((cycle.paused_at, None))
    for since, end in paused:
        stopped = now if end is None else end
        open_time = calendar.elapsed(max(since, cycle.counts_from), max(stopped, cycle.counts_from, since))
        cause = causes.get(since) or f"ended: {ends.get(since, '')}"
        yield PauseShown(since=since, until=end, cause=cause, gives_back_seconds=open_time / SECOND)
