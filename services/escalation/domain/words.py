"""Instants, spans and names as people read them."""

from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND, moment
from shared.calendar.zone import zone
from shared.policy.escalation import Step

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def when(at: int, zone_name: str = "UTC") -> str:
    """`Mon 23 Nov 09:15 CET`, on the wall clock of that zone; seconds only where there are any."""
    there = moment(at).astimezone(zone(zone_name))
    time = f"{there.hour:02}:{there.minute:02}" + (f":{there.second:02}" if at % MINUTE >= SECOND else "")
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]} {time} {there.tzname()}"


def lasting(span: int) -> str:
    """`2 h 5 min`, `40 s`: the two largest units that are there."""
    parts = []
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        count, span = divmod(span, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "less than 1 s"


def spoken(clock: str) -> str:
    """`first_response` as `first response`."""
    return clock.replace("_", " ")


def label(step: Step) -> str:
    """`2: breach`: where it stands in its ladder, and when it comes."""
    return f"{step.number}: {step.at.words}"
