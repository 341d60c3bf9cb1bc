"""What a timeline may ask of a case's clocks, and what they say: one function for each ending of a name.

`resolution_due_at` is the `due_at` of the metric `resolution`. All answers are exact: instants in
microseconds, amounts as fractions of the unit that the name ends in.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from services.clock.domain.cycle import Cycle
from shared.calendar.calendar import Calendar
from shared.calendar.instants import MINUTE, SECOND
from tests.conformance.described import RESPONSES
from tests.conformance.life import Life, Seen
from tests.conformance.verdict import CannotAsk


class View:
    """The promised clocks of a case as they are seen at an instant."""

    def __init__(self, life: Life, seen: Seen) -> None:
        snapshot = seen.snapshot
        self.life, self.at, self.level = life, seen.at, seen.level
        self.phase, self.opened = snapshot.phase, snapshot.opened
        self.cycles = [*snapshot.past, *snapshot.cycles.values()]
        self.latest = {
            clock: snapshot.cycles[clock] for clock in life.agreed.promised if clock in snapshot.cycles
        }
        self.judged = [each for each in seen.state.said if each.clock in life.agreed.promised]
        self.calendars = life.book.pinned(snapshot.pin.policy).calendars

    def calendar(self, cycle: Cycle) -> Calendar:
        return self.calendars[cycle.calendar]

    def used(self, cycle: Cycle) -> int:
        return cycle.used(self.calendar(cycle), self.at)

    def cycle(self, metric: str | None) -> Cycle | None:
        """The latest cycle; without a metric that of the resolution, else of the only clock there is."""
        if metric is not None:
            return self.latest.get(self.life.agreed.clock_of(metric))
        if "resolution" in self.latest:
            return self.latest["resolution"]
        if len(self.latest) > 1:
            raise CannotAsk(f"which is meant of {', '.join(self.latest)}")
        return next(iter(self.latest.values()), None)

    def met(self, clock: str) -> list[Cycle]:
        return [each for each in self.cycles if each.clock == clock and each.state in ("met", "met late")]

    def count(self, *what: str, metric: str | None = None) -> int:
        """How often this was said of a metric, or of all."""
        clock = self.life.agreed.clock_of(metric) if metric else None
        return sum(each.what in what and clock in (None, each.clock) for each in self.judged)

    @property
    def missed(self) -> bool:
        return self.count("breached") > 0

    def next_due(self) -> int | None:
        dues = [cycle.due for cycle in self.latest.values() if cycle.open and cycle.due is not None]
        return min(dues, default=None)

    def statuses(self) -> list[str]:
        """Every word for how the agreement stands that is true now."""
        if self.missed:
            return ["failed"]
        first, last = self.latest.get("first_response"), self.latest.get("resolution")
        responding = first is not None and first.open
        words = {
            "first response due": responding,
            "resolution due": not responding and last is not None and last.open,
            "paused": any(cycle.paused_at is not None for cycle in self.latest.values()),
            "fulfilled": bool(self.latest) and not any(cycle.open for cycle in self.latest.values()),
        }
        return [word for word, true in words.items() if true]

    def sla_status(self) -> str:
        if self.phase == "open":
            return "active_with_misses" if self.missed else "active"
        return "missed" if self.missed else "hit"


def starts_at(view: View, metric: str | None) -> int | None:
    """What is promised as the start; otherwise the first instant that counts."""
    if metric is None and "starts" in view.latest:
        return view.latest["starts"].due
    cycle = view.cycle(metric) if metric else next(iter(view.latest.values()), None)
    return view.calendar(cycle).next_open(cycle.counts_from) if cycle else None


def _met_at(view: View, metric: str | None) -> int | None:
    cycle = view.cycle(metric)
    return cycle.ended_at if cycle and cycle.state in ("met", "met late") else None


def _on_hold_since(view: View, metric: str | None) -> int | None:
    cycle = view.cycle(metric)
    return cycle.paused_at if cycle else None


def _paused(view: View, metric: str | None) -> Fraction:
    """In all pauses that have ended."""
    cycle = view.cycle(metric)
    return _seconds(sum(end - start for start, end in cycle.pauses) if cycle else 0)


def _paused_business(view: View, metric: str | None) -> Fraction:
    cycle = view.cycle(metric)
    return _seconds(sum(view.calendar(cycle).elapsed(*each) for each in cycle.pauses) if cycle else 0)


def _used(view: View, metric: str | None) -> Fraction | None:
    cycle = view.cycle(metric)
    return _seconds(view.used(cycle)) if cycle else None


def _overrun(view: View, metric: str | None) -> Fraction | None:
    """None where nothing is overrun."""
    cycle = view.cycle(metric)
    over = view.used(cycle) - cycle.budget if cycle else 0
    return _seconds(over) if over > 0 else None


def _wallclock(view: View, metric: str | None) -> Fraction | None:
    """`avg_response`: of all answers in the mean; `user_resolution`: of all answers together."""
    if metric in ("avg_response", "user_resolution"):
        spans = [_wall_time(each, view.at) for each in view.met(RESPONSES)]
        if metric == "avg_response" and spans:
            return _seconds(sum(spans)) / len(spans)
        return _seconds(sum(spans)) if spans else None
    cycle = view.cycle(metric)
    return _seconds(_wall_time(cycle, view.at)) if cycle else None


def _wall_time(cycle: Cycle, at: int) -> int:
    return (at if cycle.ended_at is None else cycle.ended_at) - cycle.start


def minutes(view: View, metric: str | None, *, running: bool) -> tuple[int, int] | None:
    """Used and promised microseconds of the longest cycle that was met; else of one that runs, if asked."""
    cycle = view.cycle(metric)
    cycles = view.met(cycle.clock) if cycle else []
    if cycle and not cycles and running:
        cycles = [cycle]
    return max(((view.used(each), each.budget) for each in cycles), default=None)


def _seconds(amount: int) -> Fraction:
    return Fraction(amount, SECOND)


def minutes_used(view: View, metric: str | None, expected: Any) -> Fraction | None:
    """Whole minutes where the case counts in such."""
    if (found := minutes(view, metric, running=expected is not None)) is None:
        return None
    exact = Fraction(found[0], MINUTE)
    return Fraction(int(exact)) if isinstance(expected, int) else exact


def minutes_left(view: View, metric: str | None, expected: Any) -> Fraction | None:
    """Negative when late."""
    used = minutes_used(view, metric, expected)
    found = minutes(view, metric, running=True)
    return None if used is None or found is None else Fraction(found[1], MINUTE) - used


ANSWERS: Mapping[str, Callable[[View, str | None], Any]] = {
    "starts_at": starts_at,
    "met_at": _met_at,
    "on_hold_since": _on_hold_since,
    "paused_seconds": _paused,
    "paused_business_seconds": _paused_business,
    "business_seconds": _used,
    "overrun_business_seconds": _overrun,
    "wallclock_seconds": _wallclock,
    "breached": lambda view, metric: view.count("breached", metric=metric) > 0,
}
"""By the ending of a name."""

MINUTES: Mapping[str, Callable[[View, str | None, Any], Fraction | None]] = {
    "in_min": minutes_used,
    "diff_in_min": minutes_left,
    "diff_min": minutes_left,
}
