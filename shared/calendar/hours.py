"""Opening hours as people write them: "07:00" to "19:00", "22:00" to "06:00" next day, up to "24:00"."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from shared.calendar.errors import CalendarError
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND
from shared.calendar.intervals import Interval, union

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Hours: TypeAlias = Iterable[Sequence[str]]
"""Pairs of opening and closing; a closing at or before its opening lies on the next day."""

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")


def of_day(text: str) -> int:
    """Microseconds after midnight of "HH:MM[:SS[.ffffff]]", up to "24:00"."""
    found = _CLOCK.fullmatch(text.strip())
    if found:
        hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
        amount = hours * HOUR + minutes * MINUTE + seconds * SECOND + int((found[4] or "").ljust(6, "0") or 0)
        if minutes < 60 and seconds < 60 and amount <= DAY:
            return amount
    raise CalendarError(f"{text!r} is not a time of day: write HH:MM between 00:00 and 24:00")


def day_hours(pairs: Hours) -> tuple[Interval, ...]:
    """One date's hours, merged, in microseconds after its midnight; they may reach into the next day."""
    intervals = []
    for pair in pairs:
        if len(pair) != 2 or isinstance(pair, str):
            raise CalendarError(f"{pair!r} is not an interval: write an opening and a closing time")
        start, end = of_day(pair[0]), of_day(pair[1])
        if start == DAY:
            raise CalendarError(f"{pair[0]}-{pair[1]}: 24:00 only closes a day; open the next day at 00:00")
        intervals.append((start, end if end > start else end + DAY))
    return tuple(union(intervals))


def weekdays(text: str) -> tuple[int, ...]:
    """The weekdays (Monday = 0) of "mon", "monday" or a range such as "mon-fri" or "fri-mon"."""
    parts = [part.strip().lower()[:3] for part in text.split("-")]
    if len(parts) > 2 or not all(part in WEEKDAYS for part in parts):
        raise CalendarError(f"{text!r} is not a weekday: write one of {', '.join(WEEKDAYS)}, or mon-fri")
    first, last = WEEKDAYS.index(parts[0]), WEEKDAYS.index(parts[-1])
    return tuple((first + i) % 7 for i in range((last - first) % 7 + 1))


def weekly_hours(hours: Mapping[str, Hours]) -> tuple[tuple[Interval, ...], ...]:
    """Seven tuples of intervals, Monday first. A weekday that is not named is closed."""
    week: list[list[Interval]] = [[] for _ in range(7)]
    for names, pairs in hours.items():
        of_names = day_hours(pairs)
        for weekday in weekdays(names):
            week[weekday].extend(of_names)
    return tuple(tuple(union(day)) for day in week)
