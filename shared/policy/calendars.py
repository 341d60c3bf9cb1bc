"""The calendars of a policy: named business hours.

office: {zone: Europe/Copenhagen, hours: {mon-fri: 08:00-16:00}, holidays: DK-bank}
shop:   {zone: Europe/Rome, hours: {mon-fri: [08:00-12:00, 14:00-18:00], sat: 09:00-12:00},
         holidays: [IT, 2026-06-24, {2026-12-24: 12:00-24:00}, "*-08-15"]}
always: 24x7
"""

from collections.abc import Iterator

from yaml import MappingNode, Node, ScalarNode

from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday
from shared.policy.reading import Reading

ALWAYS = ("24x7", "24/7")
_MEMBERS = ("zone", "hours", "holidays", "shifts", "means")


def read_calendars(node: Node, reading: Reading) -> dict[str, Calendar]:
    calendars = {}
    for _, name, value in reading.entries(node):
        if (calendar := read_calendar(value, reading)) is not None:
            calendars[name] = calendar
    return calendars


def read_calendar(node: Node, reading: Reading) -> Calendar | None:
    """One calendar, or None with what is wrong noted."""
    if isinstance(node, ScalarNode):
        return Calendar.always() if reading.one_of(node, ALWAYS, "calendar") else None
    members = reading.members(node, _MEMBERS, ("zone", "hours"))
    if not {"zone", "hours"} <= members.keys():
        return None
    zone = reading.text(members["zone"])
    hours = {
        days: [tuple(pair.split("-", 1)) for pair in reading.texts(value)]
        for _, days, value in reading.entries(members["hours"])
    }
    if zone is None:
        return None
    holidays = list(_holidays(members["holidays"], reading)) if "holidays" in members else []
    shifts = {}
    if "shifts" in members:
        for day_node, _, value in reading.entries(members["shifts"]):
            if (day := reading.day(day_node)) is not None:
                shifts[day] = [tuple(pair.split("-", 1)) for pair in reading.texts(value)]
    try:
        return Calendar.build(zone, hours, holidays, shifts=shifts)
    except CalendarError as wrong:
        reading.problem(members["hours"], str(wrong))
        return None


def _holidays(node: Node, reading: Reading) -> Iterator[Holiday]:
    for item in reading.items(node):
        try:
            if isinstance(item, MappingNode):
                for _, day, value in reading.entries(item):
                    yield _named(day, reading.texts(value))
            elif (text := reading.text(item)) is not None:
                yield Holiday.parse(text)
        except CalendarError as wrong:
            reading.problem(item, str(wrong))


def _named(day: str, words: tuple[str, ...]) -> Holiday:
    """`2026-12-24: 12:00-24:00` closes a part of the day, `2026-12-24: Christmas Eve` names a whole one."""
    if words and all(word[:1].isdigit() and "-" in word for word in words):
        pieces = [word.partition("-") for word in words]
        return Holiday.parse(day, "", [(start, end) for start, _, end in pieces])
    return Holiday.parse(day, ", ".join(words))
