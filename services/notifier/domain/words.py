"""Instants and spans as people read them, and text that cannot harm what shows it."""

import unicodedata

from shared.calendar.errors import CalendarError
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND, moment
from shared.calendar.zone import zone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_zone(at: int, zone_name: str) -> str:
    """`Mon 29 Feb 2016 10:15 CET (09:15 UTC)`: the receiver's wall clock first, and the one all share."""
    utc = moment(at)
    try:
        there = utc.astimezone(zone(zone_name or "UTC"))
    except CalendarError:
        there = utc  # the directory's check names it; a page is not the place to fail over it
    name = there.tzname() or ""
    day = f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]} {there.year}"
    local = f"{day} {_time(at, there.hour, there.minute)}"
    if there.utcoffset() == utc.utcoffset():
        return f"{local} UTC"
    other_day = "" if there.date() == utc.date() else f"{_DAYS[utc.weekday()]} "
    return f"{local} {name} ({other_day}{_time(at, utc.hour, utc.minute)} UTC)"


def lasting(span: int) -> str:
    """`2 h 5 min`, `3 min`, `40 s`: the two largest units."""
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
    parts: list[str] = []
    left = abs(span)
    for size, unit in units:
        count, left = divmod(left, size)
        if count or (parts and len(parts) < 2):
            parts.append(f"{count} {unit}")
    said = [part for part in parts[:2] if not part.startswith("0 ")]
    return " ".join(said) or "0 s"


def one_line(text: str, longest: int = 1000) -> str:
    """The text on one line, without what would steer a terminal or a mail header."""
    return " ".join(_harmless(text, keep="").split())[:longest]


def paragraphs(text: str) -> str:
    """The text with its line breaks and tabs, without what would steer a terminal."""
    return _harmless(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t").strip()


def _harmless(text: str, keep: str) -> str:
    # Cc: controls; Cf: invisible ones, among them those that turn the writing direction; Z*: odd spaces.
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or not _steers(c) else " " for c in text)


def _steers(character: str) -> bool:
    if character in "\u200d\u200c":  # joiners, without which some scripts and emoji fall apart
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _time(at: int, hour: int, minute: int) -> str:
    second = at // SECOND % 60
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")
