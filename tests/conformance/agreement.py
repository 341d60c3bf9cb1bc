"""What a timeline promises: its targets, and the calendar that counts, as they change from event to event.

Every set of targets that a case names, or changes to, is a level. A day that ends at 23:59 ends at midnight
where the calendar's note says that 23:59:59 is meant.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.calendar.calendar import Calendar
from tests.conformance.reading import Case, calendar
from tests.conformance.verdict import CannotAsk

METRICS = {
    "first_response": "first_response",
    "first_reply": "first_response",
    "next_response": "next_response",
    "response": "response",
    "update": "update",
    "periodic_update": "periodic_update",
    "resolution": "resolution",
    "solution": "resolution",
    "close": "resolution",
    "starts": "starts",
}
"""Every name of a metric, and the clock that measures it."""

_STAND_INS = {
    "update": ("next_response", "response", "periodic_update"),
    "response": ("first_response",),
    "next_response": ("response", "update"),
}
"""Which clocks answer for a metric that the case has no target for, the first that there is."""

_UNITS = {
    "sec": "s",
    "seconds": "s",
    "min": "min",
    "minutes": "min",
    "hours": "h",
    "business_sec": "s",
    "business_seconds": "s",
    "business_min": "min",
    "business_minutes": "min",
    "business_hours": "h",
    "business_days": "business days",
}
"""All are counted in the case's calendar, so that the word business changes nothing but a day."""
_TARGET = re.compile(rf"(?P<metric>.+?)_(?P<unit>{'|'.join(_UNITS)})")
_LEVELS = ("levels", "priorities", "severities")
IGNORED = re.compile(r"(?:ignore|pause)_on(?:_(?P<metric>.+))?")
_SAID_ELSEWHERE = {*_LEVELS, "priority", "severity", "name", "note", "notes", "exclude_time", "calendar"}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOTHING = "nothing"
_AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class Level:
    """One set of targets: clock to span, in a calendar."""

    targets: Mapping[str, str]
    calendar: Calendar


@dataclass(slots=True)
class Agreement:
    levels: dict[str, Level]
    named: bool
    """Whether the case has names for its levels."""
    opened_under: str
    changes: dict[int, str] = field(default_factory=dict)
    """Index of an event to the level that it changes to."""

    @property
    def promised(self) -> list[str]:
        """The clocks of any level, in the order of the targets."""
        return [*dict.fromkeys(clock for level in self.levels.values() for clock in level.targets)]

    def clock_of(self, metric: str) -> str:
        """The clock that measures it, whether or not the case has a target for it."""
        if metric not in METRICS:
            raise CannotAsk(f"metric {metric!r}")
        clock = METRICS[metric]
        there = [each for each in (clock, *_STAND_INS.get(clock, ())) if each in self.promised]
        return there[0] if there else clock


def agreement(case: Case) -> Agreement:
    """All that the case promises, and when that changes."""
    said, opening = case.get("targets") or {}, _opening(case)
    hours = _calendar(case["calendar"])
    base = _targets(said)
    levels = {
        name: Level(base | _targets(more), _calendar(more["calendar"]) if "calendar" in more else hours)
        for word in _LEVELS
        for name, more in (said.get(word) or {}).items()
    }
    named = bool(levels)
    first = str(opening.get("sla", opening.get("priority")))
    if first not in levels:
        if named and not base:
            raise CannotAsk(f"no level is named {first!r}")
        first = _AGREED
        levels[first] = Level(base, _named_calendar(opening.get("calendar"), case["calendar"], hours))
    agreed = Agreement(levels, named, first)
    for index, event in enumerate(case["events"]):
        if event["type"].endswith("_change") and not event["type"].startswith("stat"):
            agreed.changes[index] = _changed(agreed, index, event, base, hours)
    return agreed


def _opening(case: Case) -> Case:
    for event in case["events"]:
        if event["type"] in ("created", "opened"):
            return dict(event)
    raise CannotAsk("nobody opens the case")


def _changed(agreed: Agreement, index: int, event: Case, base: Mapping[str, str], hours: Calendar) -> str:
    to = event.get("to")
    if event.get("targets") is not None or isinstance(event.get("calendar"), Mapping):
        targets = _targets(event["targets"]) if event.get("targets") is not None else base
        agreed.levels[f"change {index}"] = Level(
            targets, _calendar(event["calendar"]) if "calendar" in event else hours
        )
        return f"change {index}"
    if to in agreed.levels:
        return str(to)
    if to is None or str(to).lower() in ("", "none", "no sla"):
        agreed.levels[_NOTHING] = Level({}, hours)
        return _NOTHING
    if agreed.levels[agreed.opened_under].calendar is hours:
        raise CannotAsk(f"what is promised under {to!r} is not said")
    # The opening had another calendar; the case's own is that of the level changed to.
    agreed.levels[str(to)] = Level(base, hours)
    return str(to)


def reads_midnight(said: Case) -> bool:
    """Whether 23:59 is the end of a day in this calendar."""
    return "23:59:59" in str(said.get("note"))


def _targets(said: Case) -> dict[str, str]:
    """Clock to span, in the words of the policy language."""
    targets = {}
    for name, amount in said.items():
        if name in _SAID_ELSEWHERE or IGNORED.fullmatch(name):
            continue
        found = _TARGET.fullmatch(name)
        if found is None or found["metric"] not in METRICS:
            raise CannotAsk(f"target {name!r}")
        if amount:  # 0 and null: no promise
            targets[METRICS[found["metric"]]] = f"{amount} {_UNITS[found['unit']]}"
    return targets


def _calendar(said: Case) -> Calendar:
    if reads_midnight(said):
        week = {
            day: [[start, _midnight(end)] for start, end in said["weekly"][day]] for day in said["weekly"]
        }
        return calendar({**said, "weekly": week})
    return calendar(said)


def _midnight(end: str) -> str:
    return "24:00" if end.startswith("23:59") else end


def _named_calendar(name: Any, said: Case, hours: Calendar) -> Calendar:
    """`Sunday only`: the days that are named, with the hours of the case's own calendar."""
    if isinstance(name, Mapping):
        return _calendar(name)
    days = [day for day in _WEEKDAYS if re.search(rf"\b{day}", str(name or "").lower())]
    usual = next((pieces for pieces in said["weekly"].values() if pieces), None)
    return _calendar({**said, "weekly": dict.fromkeys(days, usual)}) if days and usual else hours
