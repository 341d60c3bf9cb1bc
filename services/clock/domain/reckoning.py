"""When a cycle is due and at which instants it is heard of, from its terms, its start and its pauses."""

from collections.abc import Iterable
from typing import Any

from services.clock.domain.cycle import Cycle, Point, Timer
from shared.calendar import pauses as paused_time
from shared.calendar.calendar import Calendar
from shared.policy.clocks import ClockTerms
from shared.policy.policy import Terms


def begun(clock: ClockTerms, number: int, terms: Terms, at: int, counts_from: int, version: str) -> Cycle:
    """A cycle at its start, running; due and timers still have to be reckoned."""
    promised = _promised(clock, terms, counts_from)
    return Cycle(clock.name, number, "running", at, counts_from, **promised, policy=version)


def under(cycle: Cycle, clock: ClockTerms, terms: Terms) -> Cycle:
    """The cycle under other terms: promise, calendar, points; due and timers still have to be reckoned."""
    return cycle._replace(**_promised(clock, terms, cycle.counts_from))


def _promised(clock: ClockTerms, terms: Terms, since: int) -> dict[str, Any]:
    """What a cycle that is counted from `since` has of its terms."""
    target = terms.target
    budget = target.budget(terms.calendar, since)
    warn = terms.promise.then.warn
    points = [
        Point(each.amount(budget), each.words, "warn") for each in (clock.warn if warn is None else warn)
    ]
    if (expected := target.expected(terms.calendar, since)) is not None:
        points.append(Point(expected, target.lower_words, "warn"))
    # At 0 each update would ask for the next one at once, without end.
    if clock.automatic is not None and (amount := clock.automatic.amount(budget)) > 0:
        points.append(Point(amount, clock.automatic.words, "request"))
    return {
        "budget": budget,
        "calendar": terms.calendar_name,
        "target": target.words,
        "rolls": target.rolls,
        "points": () if target.measured else tuple(points),
        "promise_rule": terms.promise_rule,
        "coverage_rule": terms.coverage_rule,
    }


def retermed(cycle: Cycle, clock: ClockTerms, terms: Terms, at: int) -> tuple[Cycle, bool]:
    """A running cycle under other terms from `at` on, and whether these leave less than was used."""
    changed = under(cycle, clock, terms)
    used = changed.used(terms.calendar, at)
    # A point that is still to come under the new terms is heard of again; one that is passed is not.
    kept = {name_of(point) for point in changed.points if point.amount <= used or point.kind == "request"}
    overdrawn = cycle.breached_at is not None or cycle.excused_at is not None
    exceeded = used > changed.budget and not overdrawn and not changed.measured
    passed = {name_of(point) for point in changed.points if exceeded and point.amount <= used}
    fired = tuple(sorted(kept & set(cycle.fired) | passed))
    return scheduled(changed._replace(fired=fired), terms.calendar, at), exceeded


def backdated(
    cycle: Cycle, clock: ClockTerms, opened: int, waited: Iterable[tuple[int, int]]
) -> Cycle | None:
    """The cycle counted from an earlier opening, less what that case waited; None: not concerned."""
    if not clock.from_opening or cycle.number > 1 or cycle.counts_from > cycle.start:
        return None
    if opened >= cycle.counts_from:
        return None
    gaps = [(since, until) for since, until in waited] if clock.pauses or clock.runs_while.conditions else []
    return cycle._replace(counts_from=opened, pauses=(*gaps, *cycle.pauses))


def scheduled(cycle: Cycle, calendar: Calendar, at: int) -> Cycle:
    """With due instant and timers reckoned anew at `at`; without any while paused, ended or only measured.

    Points that lie before `at` and were not reached under these terms come at once, at `at`.
    """
    if cycle.paused_at is not None or not cycle.open or cycle.measured:
        return cycle._replace(due=None, timers=())
    start, gaps = cycle.counts_from, cycle.pauses
    timers = [
        Timer(max(at, paused_time.add(calendar, start, point.amount, gaps)), point.words, point.kind)
        for point in cycle.points
        if name_of(point) not in cycle.fired
    ]
    if cycle.breached_at is None and cycle.excused_at is None:
        # A breach is strictly after the target is used up: a fact at that very instant still meets it.
        breach = paused_time.first_after(calendar, start, cycle.budget, gaps)
        timers.append(Timer(max(at, breach) + 1, "", "breach"))
    if len(timers) > 1:
        timers.sort(key=_instant)
    return cycle._replace(due=due(cycle, calendar), timers=tuple(timers))


def due(cycle: Cycle, calendar: Calendar) -> int | None:
    """When the target is used up, with the pauses so far; None of a clock that only measures."""
    if cycle.measured:
        return None
    reckon = paused_time.first_after if cycle.rolls else paused_time.add
    return reckon(calendar, cycle.counts_from, cycle.budget, cycle.pauses)


def name_of(point: Point | Timer) -> str:
    """What `fired` remembers: an update is asked for once a cycle, a warning once under the same terms."""
    return point.words if point.kind == "warn" else point.kind


def _instant(timer: Timer) -> int:
    return timer.at
