"""A customer's own days from an iCalendar file (RFC 5545), as holidays of a calendar.

Read: all-day and timed VEVENTs, DTEND or DURATION, plain yearly repetition. What would be misread is refused,
every problem with its line. Cancelled events are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday
from shared.calendar.zone import zone

_ONE_DAY = timedelta(days=1)
_REFUSED = ("RDATE", "EXDATE", "RECURRENCE-ID")
_PROPERTIES = ("DTSTART", "DTEND", "DURATION", "RRULE", "SUMMARY", "STATUS", *_REFUSED)
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:])*)*):(.*)', re.DOTALL)
_DURATION = re.compile(r"\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(slots=True)
class _Property:
    line: int
    parameters: str
    value: str


@dataclass(slots=True)
class _Event:
    line: int
    properties: dict[str, _Property] = field(default_factory=dict)


class _Problem(Exception):
    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"line {line}: {text}")


def read_ics(text: str, zone_name: str) -> tuple[Holiday, ...]:
    """The closed days, in the wall-clock time of the calendar's zone; a timed event closes its hours.

    Raises CalendarError with one line per problem.
    """
    where = zone(zone_name)
    found: list[Holiday] = []
    problems: list[str] = []
    try:
        for event in _events(text):
            try:
                found.extend(_holidays(event, where))
            except _Problem as problem:
                problems.append(str(problem))
    except _Problem as problem:
        problems.append(str(problem))
    if problems:
        raise CalendarError("\n".join(problems))
    return tuple(dict.fromkeys(found))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Content lines with the number of their first physical line; a line that begins blank continues one."""
    number, content = 0, ""
    for i, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in (" ", "\t"):
            content += line[1:]
            continue
        if content:
            yield number, content
        number, content = i, line
    if content:
        yield number, content


def _events(text: str) -> Iterator[_Event]:
    within: list[tuple[str, int]] = []
    event: _Event | None = None
    for number, content in _unfolded(text.removeprefix("\ufeff")):
        found = _LINE.fullmatch(content)
        if found is None:
            raise _Problem(number, f"{content[:40]!r} is not NAME:value")
        name, parameters, value = found[1].upper(), found[2], found[3].strip()
        if name == "BEGIN":
            within.append((value.upper(), number))
            if value.upper() == "VEVENT":
                event = _Event(number)
        elif name == "END":
            if not within or within[-1][0] != value.upper():
                raise _Problem(number, f"END:{value} closes nothing that is open")
            within.pop()
            if value.upper() == "VEVENT" and event is not None:
                yield event
                event = None
        elif event is not None and within[-1][0] == "VEVENT" and name in _PROPERTIES:
            event.properties[name] = _Property(number, parameters, value)
    if within:
        raise _Problem(within[-1][1], f"BEGIN:{within[-1][0]} is never closed")


def _holidays(event: _Event, where: ZoneInfo) -> Iterator[Holiday]:
    said = event.properties
    if "STATUS" in said and said["STATUS"].value.upper() == "CANCELLED":
        return
    for name in _REFUSED:
        if name in said:
            raise _Problem(said[name].line, f"{name} is not understood: list the days as events of their own")
    if "DTSTART" not in said:
        raise _Problem(event.line, "an event without DTSTART")
    name = _unescaped(said["SUMMARY"].value) if "SUMMARY" in said else ""
    pieces = _pieces(said, where)
    yearly, repetitions = _repetitions(said.get("RRULE"), pieces[0][0])
    for first in repetitions:
        for day, closed in pieces:
            moved = _same_day(day, first - pieces[0][0].year)
            if moved is not None:
                yield Holiday(moved, name, closed, yearly=yearly)


_Piece = tuple[date, tuple[tuple[str, str], ...]]


def _pieces(said: dict[str, _Property], where: ZoneInfo) -> list[_Piece]:
    """The dates of one event, each with the closed part of it; empty for the whole day."""
    start = _moment(said["DTSTART"], where)
    line = said["DTSTART"].line
    if "DTEND" in said:
        line, end = said["DTEND"].line, _moment(said["DTEND"], where)
    elif "DURATION" in said:
        line, end = said["DURATION"].line, _after(start, said["DURATION"])
    elif isinstance(start, datetime):
        raise _Problem(line, "a timed event without DTEND or DURATION closes nothing")
    else:
        end = start + _ONE_DAY
    if isinstance(start, datetime) != isinstance(end, datetime):
        raise _Problem(line, "DTSTART and DTEND are not both dates or both times")
    if end <= start:
        raise _Problem(line, "the event ends before it has begun")
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return [(start + i * _ONE_DAY, ()) for i in range((end - start).days)]
    pieces: list[_Piece] = []
    day = start.date()
    while datetime.combine(day, datetime.min.time()) < end:
        begins = start.strftime("%H:%M:%S") if day == start.date() else "00:00:00"
        ends = end.strftime("%H:%M:%S") if day == end.date() else "24:00"
        pieces.append((day, () if (begins, ends) == ("00:00:00", "24:00") else ((begins, ends),)))
        day += _ONE_DAY
    return pieces


def _moment(said: _Property, where: ZoneInfo) -> date | datetime:
    """A date, or the wall-clock time that the calendar's zone shows (naive: it is about wall clocks)."""
    try:
        if re.fullmatch(r"\d{8}", said.value):
            return datetime.strptime(said.value, "%Y%m%d").date()  # noqa: DTZ007
        wall = datetime.strptime(said.value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError:
        raise _Problem(said.line, f"{said.value!r} is neither a date (20261224) nor a time") from None
    if said.value.endswith("Z"):
        return wall.replace(tzinfo=UTC).astimezone(where).replace(tzinfo=None)
    named = re.search(r'(?i:;TZID)="?([^";:]+)', said.parameters)
    if named is None:
        return wall
    try:
        theirs = zone(named[1])
    except CalendarError as unknown:
        raise _Problem(said.line, str(unknown)) from None
    return wall.replace(tzinfo=theirs).astimezone(where).replace(tzinfo=None)


def _after(start: date | datetime, said: _Property) -> date | datetime:
    found = _DURATION.fullmatch(said.value)
    if found is None or not any(found.groups()):
        raise _Problem(said.line, f"{said.value!r} is not a duration such as P1D or PT4H")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if not isinstance(start, datetime) and (hours or minutes or seconds):
        raise _Problem(said.line, "an all-day event lasts whole days")
    return start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _repetitions(said: _Property | None, first: date) -> tuple[bool, range]:
    """Whether the days return for ever, and the years in which they begin."""
    if said is None:
        return False, range(first.year, first.year + 1)
    rule = dict(part.partition("=")[::2] for part in said.value.upper().split(";"))
    plain = {"BYMONTH": str(first.month), "BYMONTHDAY": str(first.day), "INTERVAL": "1"}
    odd = [
        f"{name}={value}" for name, value in rule.items() if name not in ("FREQ", "UNTIL", "COUNT", "WKST")
    ]
    odd = [part for part in odd if plain.get(part.partition("=")[0]) != part.partition("=")[2]]
    if rule.get("FREQ") != "YEARLY" or odd:
        raise _Problem(
            said.line, f"RRULE:{said.value}: only days that return every year on the same date are read"
        )
    try:
        if "COUNT" in rule:
            return False, range(first.year, first.year + int(rule["COUNT"]))
        if "UNTIL" in rule:
            last = datetime.strptime(rule["UNTIL"][:8], "%Y%m%d").date()  # noqa: DTZ007
            return False, range(first.year, last.year + ((last.month, last.day) >= (first.month, first.day)))
    except ValueError:
        raise _Problem(said.line, f"RRULE:{said.value}: COUNT or UNTIL cannot be read") from None
    return True, range(first.year, first.year + 1)


def _same_day(day: date, years: int) -> date | None:
    """The day so many years later; None for 29 February in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nN,;\\])", lambda found: " " if found[1] in "nN" else found[1], text)
