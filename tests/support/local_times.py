"""Local times in tests: written as "2026-07-10 18:00", shown as "Fri 07-10 18:00"."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.calendar.calendar import Calendar
from shared.calendar.instants import Instant, instant, moment


def at(text: str, zone: str = "America/New_York") -> Instant:
    if text.endswith("Z"):
        return instant(datetime.fromisoformat(text))
    return instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def said(t: Instant, zone: str = "America/New_York") -> str:
    return moment(t).astimezone(ZoneInfo(zone)).strftime("%a %m-%d %H:%M")


def periods(calendar: Calendar, a: Instant, b: Instant, zone: str) -> list[str]:
    return [f"{said(start, zone)} to {said(end, zone)}" for start, end in calendar.intervals(a, b)]
