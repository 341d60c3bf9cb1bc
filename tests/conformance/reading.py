"""The words that both formats share: instants, calendars, pauses."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from shared.calendar.calendar import Calendar
from shared.calendar.holidays import Holiday
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND, Instant, instant
from shared.calendar.intervals import Interval
from tests.conformance.verdict import CannotAsk

Case = Mapping[str, Any]

_UNITS = {
    "milliseconds": 1000,
    "seconds": SECOND,
    "minutes": MINUTE,
    "hours": HOUR,
    "days": DAY,
    "weeks": 7 * DAY,
}


def at(text: str) -> Instant:
    """An ISO 8601 instant with offset."""
    when = datetime.fromisoformat(text)
    if when.utcoffset() is None:
        raise CannotAsk(f"{text} has no offset, so it names no instant")
    return instant(when)


def day(text: str) -> date:
    """The date of an ISO date or date and time."""
    return date.fromisoformat(text[:10])


def microseconds(value: float | str, unit: str = "seconds") -> int:
    """An amount in a unit, exact."""
    if unit not in _UNITS:
        raise CannotAsk(f"unit {unit!r}")
    return int(Fraction(str(value)) * _UNITS[unit])


def pick(said: Case, *names: str) -> Any:
    """The first of these fields that the case has."""
    for name in names:
        if said.get(name) is not None:
            return said[name]
    raise CannotAsk(f"none of the fields {', '.join(names)}")


def interval(said: Case | Sequence[str]) -> Interval:
    """[start, end] or {"start": …, "end": …}."""
    if isinstance(said, Mapping):
        return at(pick(said, "start", "from", "begin", "at")), at(pick(said, "end", "to", "until"))
    return at(said[0]), at(said[1])


def calendar(said: Case) -> Calendar:
    """Either format's calendar; names of fields differ, meanings do not."""
    week = said.get("week") or said.get("weekly") or {}
    if said.get("always_open"):
        week = {"mon-sun": [("00:00", "24:00")]}
    holidays = [holiday for text in said.get("holidays") or () for holiday in _holidays(text)]
    holidays += [Holiday.parse(f"*-{text}") for text in said.get("holidays_recurring") or ()]
    breaks = said.get("breaks") or {}
    holidays += [
        Holiday.parse(on, closed=_pieces(pieces)) for on, pieces in breaks.items() if on.startswith("*")
    ]
    dated = {
        date.fromisoformat(on): _pieces(pieces) for on, pieces in breaks.items() if not on.startswith("*")
    }
    shifts = {date.fromisoformat(on): _pieces(hours) for on, hours in (said.get("shifts") or {}).items()}
    return Calendar.build(
        said.get("timezone", "UTC"),
        {name: _pieces(hours) for name, hours in week.items()},
        holidays,
        breaks=dated,
        shifts=shifts,
    )


def _pieces(said: Sequence[Any]) -> list[tuple[str, str]]:
    return [
        (piece["start"], piece["end"]) if isinstance(piece, Mapping) else (piece[0], piece[1])
        for piece in said
    ]


def _holidays(said: Any) -> list[Holiday]:
    if isinstance(said, Mapping):
        said = f"{said['start']}/{said['end']}" if "start" in said else said["date"]
    first, _, last = str(said).replace("..", "/").partition("/")
    if not last:
        return [Holiday.parse(first)]
    length = (date.fromisoformat(last) - date.fromisoformat(first)).days
    return [Holiday(date.fromisoformat(first) + timedelta(days=i)) for i in range(length + 1)]
