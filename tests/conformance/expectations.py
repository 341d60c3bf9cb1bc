"""What a timeline expects to be seen, compared with what is: one line for each answer that is not ours.

`after` is the index of the event after which it is seen; what stands outside `checks` is seen at the end. A
due of null means that none runs; what an ended clock had to keep is still known, and may be asked for.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from shared.calendar.instants import MINUTE, SECOND, moment
from tests.conformance.agreement import METRICS
from tests.conformance.life import Life
from tests.conformance.observed import ANSWERS, MINUTES, View, starts_at
from tests.conformance.reading import Case, at
from tests.conformance.verdict import CannotAsk

ROLLED = "by rolling a due at a closing to the next opening"

_DUES = ("due_at", "due", "escalation_at")
_ENDINGS = "|".join((*_DUES, *ANSWERS, *MINUTES))
_ANSWER = re.compile(rf"(?:(?P<metric>.+?)_)??(?P<what>{_ENDINGS})")
_SAME = {"first_responded_at": "first_response_met_at", "resolved_at": "resolution_met_at"}
_REMARKS = {"after", "checks", "note", "notes", "boundary_alternative"}
_REPORTS = ("avg_response", "user_resolution")
_BUSINESS_MINUTES = re.compile(r"created \+ (\d+) business minutes")


class Comparison:
    """Of one case; `differences` has what differs, `options` what it took that nothing does."""

    def __init__(self, case: Case, life: Life) -> None:
        self.life = life
        self.case = case
        self.options: list[str] = []
        self.differences = list(self._all())

    def _all(self) -> Iterator[str]:
        expected = self.case["expected"]
        yield from self._compared(expected, View(self.life, self.life.at_end))
        for check in expected.get("checks") or ():
            view = View(self.life, self.life.after[check["after"]])
            yield from (f"after {check['after']}: {line}" for line in self._compared(check, view))

    def _compared(self, said: Case, view: View) -> Iterator[str]:
        alternatives = [
            each
            for place in (self.case, self.case["expected"], said)
            for each in _instants(place.get("boundary_alternative"))
        ]
        for name, value in said.items():
            if name not in _REMARKS and (ours := self._other(name, value, view, alternatives)) is not None:
                yield f"{name} expected {value}, ours {ours}"

    def _other(self, name: str, value: Any, view: View, alternatives: list[int]) -> str | None:
        """Our answer where it is another; None: it is the same."""
        if name in _WORDS:
            ours = _WORDS[name](view)
            return None if ours == value else str(ours)
        match name:
            case "status":
                words = view.statuses()
                return None if str(value).lower() in words else " and ".join(words) or "none"
            case "sla":  # no more than a name, where the case has one set of targets
                return None if not self.life.agreed.named or view.level == value else view.level
            case "breaches":
                counted = {metric: view.count("breached", metric=metric) for metric in value}
                return None if counted == value else str(counted)
            case _:
                pass
        if name in _STORIES:
            return _unlike(_STORIES[name](self.life), self._told(value, view), name)
        found = _ANSWER.fullmatch(_SAME.get(name, name))
        if found is None or found["metric"] not in (None, *METRICS, *_REPORTS):
            raise CannotAsk(f"what {name!r} is")
        metric, what = found["metric"], found["what"]
        if what in _DUES:
            return self._other_due(value, view, metric, alternatives)
        if what in MINUTES:
            return _unlike(MINUTES[what](view, metric, value), value, what)
        return _unlike(ANSWERS[what](view, metric), at(value) if isinstance(value, str) else value, what)

    def _other_due(
        self, value: str | None, view: View, metric: str | None, alternatives: list[int]
    ) -> str | None:
        cycle = view.cycle(metric) if metric else None
        ours = (cycle.due if cycle else None) if metric else view.next_due()
        if value is None or ours is None:
            unknown = ours is None or (cycle is not None and not cycle.open)
            return None if value is None and unknown else _shown(ours, "due_at")
        if ours in alternatives:
            calendars = [view.calendar(each) for each in view.latest.values() if each.due == ours]
            if at(value) in [calendar.next_open(ours) for calendar in calendars]:
                self.options.append(ROLLED)
                return None
        return _unlike(ours, at(value), "due_at")

    def _told(self, value: Any, view: View) -> Any:
        """`created + 60 business minutes`, `same instant as first`, or the value itself."""
        if value == "same instant as first":
            return _start_after(self.life, 0)
        if found := _BUSINESS_MINUTES.fullmatch(str(value)):
            level = self.life.agreed.levels[self.life.agreed.opened_under]
            return level.calendar.add(view.opened, int(found[1]) * MINUTE)
        return at(value) if isinstance(value, str) else value


_WORDS: Mapping[str, Callable[[View], Any]] = {
    "sla_status": View.sla_status,
    "breaches_total": lambda view: view.count("breached"),
    "notifications": lambda view: view.count("breached", "warned"),
}


# The start that is promised, as it moves from event to event


def _start_after(life: Life, index: int) -> int | None:
    return starts_at(View(life, life.after[index]), None)


def _shift(life: Life) -> Fraction:
    """In seconds, by the first change."""
    before = _start_after(life, 0)
    after = _start_after(life, min(life.agreed.changes, default=0))
    if before is None or after is None:
        raise CannotAsk("no start is promised")
    return Fraction(after - before, SECOND)


_STORIES: Mapping[str, Callable[[Life], Any]] = {
    "starts_after_create": lambda life: _start_after(life, 0),
    "starts_shift_after_change_seconds": _shift,
    "starts_after_revert": lambda life: starts_at(View(life, life.at_end), None),
}


def _instants(said: Any) -> list[int]:
    """All instants of a `boundary_alternative`, however it is written."""
    if isinstance(said, Mapping):
        return [instant for value in said.values() for instant in _instants(value)]
    return [at(said)] if isinstance(said, str) else []


def _unlike(ours: Any, expected: Any, what: str) -> str | None:
    return None if ours == expected else _shown(ours, what)


def _shown(ours: Any, what: str) -> str:
    if what.endswith(("_at", "_since", "_create", "_revert")) and isinstance(ours, int):
        return moment(ours).isoformat()
    return f"{float(ours):g}" if isinstance(ours, Fraction) else str(ours)
