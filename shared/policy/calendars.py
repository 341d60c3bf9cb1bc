"""The calendars of a policy: named business hours.

    office: {zone: Europe/Copenhagen, hours: {mon-fri: 08:00-16:00}, holidays: DK-bank}
    shop:   {zone: Europe/Berlin, hours: {mon-fri: [08:00-12:00, 14:00-18:00], sat: 09:00-12:00},
             holidays: [DE, 2026-06-24, {2026-12-24: 12:00-24:00}, "*-08-15"]}
    always: 24x7

Holidays are those of a country by name (shared.calendar.public_holidays), single days, named days, or the
hours of a day that are closed. `shifts` replaces the hours of a date, also on a holiday.
"""

from collections.abc import Iterator
from datetime import date

from yaml import MappingNode, Node, ScalarNode

from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday
from shared.calendar.hours import day_hours, weekdays
from shared.calendar.public_holidays import public_holidays
from shared.calendar.zone import zone as find_zone
from shared.policy.reading import Reading

ALWAYS = ("24x7", "24/7")
_MEMBERS = ("zone", "hours", "holidays", "shifts", "means")

Pairs = list[tuple[str, str]]
"""Opening and closing times of a day."""


def read_calendars(node: Node, reading: Reading, zone: str = "UTC") -> dict[str, Calendar]:
    """`zone`: whose dates count in a calendar that is always open."""
    calendars = {}
    for _, name, value in reading.entries(node):
        if (calendar := read_calendar(value, reading, zone)) is not None:
            calendars[name] = calendar
    return calendars


def read_calendar(node: Node, reading: Reading, always_in: str = "UTC") -> Calendar | None:
    """One calendar, or None with what is wrong noted."""
    if isinstance(node, ScalarNode):
        return Calendar.always(always_in) if reading.one_of(node, ALWAYS, "calendar") else None
    members = reading.members(node, _MEMBERS, ("zone", "hours"))
    zone = read_zone(members["zone"], reading) if "zone" in members else None
    hours = _weekly(members["hours"], reading) if "hours" in members else {}
    holidays = list(_holidays(members["holidays"], reading)) if "holidays" in members else []
    shifts = _shifts(members["shifts"], reading) if "shifts" in members else {}
    if zone is None or not hours:
        return None
    try:
        return Calendar.build(zone, hours, holidays, shifts=shifts)
    except CalendarError as wrong:
        reading.problem(members["hours"], str(wrong))
        return None


def read_zone(node: Node, reading: Reading) -> str | None:
    """The name of an IANA zone, or None with what is wrong noted."""
    name = reading.text(node)
    if name is None:
        return None
    try:
        find_zone(name)
    except CalendarError as wrong:
        reading.problem(node, str(wrong))
        return None
    return name


def _weekly(node: Node, reading: Reading) -> dict[str, Pairs]:
    hours = {}
    if isinstance(node, MappingNode) and not node.value:
        reading.problem(node, "this calendar is never open", "write {mon-fri: 09:00-17:00}")
    for days_node, days, value in reading.entries(node):
        try:
            weekdays(days)
        except CalendarError as wrong:
            reading.problem(days_node, str(wrong))
        else:
            hours[days] = _pairs(value, reading)
    return hours


def _shifts(node: Node, reading: Reading) -> dict[date, Pairs]:
    shifts = {}
    for day_node, _, value in reading.entries(node):
        if (day := reading.day(day_node)) is not None:
            shifts[day] = _pairs(value, reading)
    return shifts


def _pairs(node: Node, reading: Reading) -> Pairs:
    """`08:00-12:00`, or a list of such."""
    pairs: Pairs = []
    for item in reading.items(node):
        opening, _, closing = (reading.text(item) or "").partition("-")
        try:
            day_hours([(opening, closing)])
        except CalendarError as wrong:
            reading.problem(item, str(wrong), "write hours as 08:00-16:00")
        else:
            pairs.append((opening, closing))
    return pairs


def _holidays(node: Node, reading: Reading) -> Iterator[Holiday]:
    for item in reading.items(node):
        try:
            if isinstance(item, MappingNode):
                for _, day, value in reading.entries(item):
                    yield _named(day, reading.texts(value))
            elif (text := reading.text(item)) is not None:
                if text[0].isalpha():
                    yield from public_holidays(text).holidays
                else:
                    yield Holiday.parse(text)
        except CalendarError as wrong:
            reading.problem(item, str(wrong))


def _named(day: str, words: tuple[str, ...]) -> Holiday:
    """`2026-12-24: 12:00-24:00` closes a part of the day, `2026-12-24: Christmas Eve` names a whole one."""
    if words and all(word[:1].isdigit() and "-" in word for word in words):
        pieces = [word.partition("-") for word in words]
        return Holiday.parse(day, "", [(start, end) for start, _, end in pieces])
    return Holiday.parse(day, ", ".join(words))
