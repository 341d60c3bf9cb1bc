"""People and teams of the directory file, read and checked."""

import re
from collections.abc import Mapping
from datetime import date

from yaml import MappingNode, Node, ScalarNode

from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.zone import zone
from shared.policy.calendars import ALWAYS, read_calendar
from shared.policy.reading import Reading
from shared.policy.roster import Absence, Channel, Person, Shift, Team, Turn

CHANNELS = ("console", "email", "webhook", "pagerduty")
_WHERE = {"email": "address", "webhook": "URL", "pagerduty": "name of its routing key"}

_PERSON = ("name", "zone", "language", "role", "channels", "hours", "holidays", "away")
_SHIFT = ("name", "zone", "hours", "holidays", "people", "turns", "regions")
_TURNS = re.compile(r"(?:(daily|weekly)|every (\d+) days?) from (\S+)")
_AWAY = re.compile(r"(\S+?)(?:\s+to\s+(\S+))?")


def read_person(id: str, node: Node, reading: Reading) -> Person:
    members = reading.members(node, _PERSON, ("name", "channels"))
    channels = [_channel(item, reading) for item in listed(members, "channels", reading)]
    absences = [_absence(item, reading) for item in listed(members, "away", reading)]
    return Person(
        id,
        word(members, "name", reading),
        read_zone(members, reading),
        word(members, "language", reading) or "en",
        word(members, "role", reading),
        tuple(channel for channel in channels if channel is not None),
        read_hours(node, members, reading),
        tuple(absence for absence in absences if absence is not None),
    )


def read_team(id: str, node: Node, people: Mapping[str, Person], reading: Reading) -> Team:
    members = reading.members(node, ("title", "manager", "shifts"), ("shifts",))
    shifts = [_shift(item, people, reading) for item in listed(members, "shifts", reading)]
    return Team(
        id,
        word(members, "title", reading) or id,
        reading.some_of(members["manager"], people, "person") if "manager" in members else (),
        tuple(shift for shift in shifts if shift is not None),
    )


def _shift(node: Node, people: Mapping[str, Person], reading: Reading) -> Shift | None:
    members = reading.members(node, _SHIFT, ("name", "hours", "people"))
    workers = reading.some_of(members["people"], people, "person") if "people" in members else ()
    hours = read_hours(node, members, reading)
    turn = _turn(members["turns"], reading) if "turns" in members else None
    if hours is None or not workers:
        return None
    regions = reading.texts(members["regions"]) if "regions" in members else ()
    return Shift(word(members, "name", reading), hours, workers, turn, regions)


def _channel(node: Node, reading: Reading) -> Channel | None:
    kind, _, address = (reading.text(node) or "").partition(":")
    if kind not in CHANNELS:
        reading.one_of(ScalarNode(node.tag, kind, node.start_mark, node.end_mark), CHANNELS, "channel")
        return None
    if kind != "console" and not address.strip():
        reading.problem(node, f"{kind} of nobody", f"write {kind}:{_WHERE[kind]}")
        return None
    return Channel(kind, address.strip())


def _absence(node: Node, reading: Reading) -> Absence | None:
    """`2026-05-15`, `2026-07-06 to 2026-07-24`, or one of these with the reason as its value."""
    why = "away"
    if isinstance(node, MappingNode) and node.value:
        node, reason = node.value[0]
        why = reading.text(reason) or why
    found = _AWAY.fullmatch(reading.text(node) or "")
    try:
        if found:
            first = date.fromisoformat(found[1])
            last = date.fromisoformat(found[2]) if found[2] else first
            if first <= last:
                return Absence(first, last, why)
    except ValueError:
        pass
    reading.problem(node, "these are no dates", "write 2026-05-15 or 2026-07-06 to 2026-07-24")
    return None


def _turn(node: Node, reading: Reading) -> Turn | None:
    found = _TURNS.fullmatch(reading.text(node) or "")
    days = {"daily": 1, "weekly": 7}.get(found[1] or "", int(found[2] or 0)) if found else 0
    try:
        if found and days:
            return Turn(date.fromisoformat(found[3]), days)
    except ValueError:
        pass
    reading.problem(
        node, "these are no turns", "write weekly from 2026-01-05 or every 3 days from 2026-01-05"
    )
    return None


def read_hours(node: Node, members: Mapping[str, Node], reading: Reading) -> Calendar | None:
    """The calendar that stands among the members of `node` as zone, hours and holidays."""
    hours = members.get("hours")
    if hours is None or not isinstance(node, MappingNode):
        return None
    if isinstance(hours, ScalarNode):
        return (
            Calendar.always(read_zone(members, reading))
            if reading.one_of(hours, ALWAYS, "calendar")
            else None
        )
    own = [(name, value) for name, value in node.value if name.value in ("zone", "hours", "holidays")]
    return read_calendar(MappingNode(node.tag, own, node.start_mark, node.end_mark), reading)


def read_zone(members: Mapping[str, Node], reading: Reading) -> str:
    name = word(members, "zone", reading) or "UTC"
    try:
        zone(name)
    except CalendarError as wrong:
        reading.problem(members["zone"], str(wrong))
        return "UTC"
    return name


def listed(members: Mapping[str, Node], name: str, reading: Reading) -> list[Node]:
    return reading.items(members[name]) if name in members else []


def word(members: Mapping[str, Node], name: str, reading: Reading) -> str:
    return (reading.text(members[name]) or "") if name in members else ""
