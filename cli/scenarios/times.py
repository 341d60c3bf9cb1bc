"""Local times as scenarios write them: `Fri 2026-03-06 16:45`, then `Mon 09:07:30`, then `09:15`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND
from shared.calendar.zone import at_local, local

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PATTERN = (
    r"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+)?(?:(?P<date>\d{4}-\d\d-\d\d)\s+)?"
    r"(?P<time>\d{1,2}:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?![\w:%])"
)
TIME = re.compile(PATTERN)
HINT = "write Fri 2026-03-06 16:45, Mon 09:15 or 09:15:30"
_WEEK = timedelta(days=7)


class BadTime(ValueError):
    """No such day or time; the message says why."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """What is written, not yet put on a day: a weekday or nothing at all leaves that to the lines before."""

    weekday: int | None
    day: date | None
    of_day: int

    @classmethod
    def of(cls, found: re.Match[str]) -> "LocalTime":
        """Raises BadTime: no such date or hour, or the date is another weekday."""
        weekday = WEEKDAYS.index(found["weekday"]) if found["weekday"] else None
        day = None
        if found["date"]:
            try:
                day = date.fromisoformat(found["date"])
            except ValueError as wrong:
                raise BadTime(f"{found['date']} is no date: {wrong}") from None
            if weekday is not None and day.weekday() != weekday:
                raise BadTime(f"{day} is a {_NAMES[day.weekday()]}, not a {found['weekday']}")
        hours, minutes, *seconds = found["time"].split(":")
        if int(hours) > 24 or int(minutes) > 59 or (seconds and float(seconds[0]) >= 60):
            raise BadTime(f"there is no {found['time']} on a clock")
        micros = round(float(seconds[0]) * SECOND) if seconds else 0
        return cls(weekday, day, int(hours) * HOUR + int(minutes) * MINUTE + micros)

    def after(self, today: date, where: ZoneInfo) -> int:
        """On the given date, else the first such weekday from `today` on."""
        return at_local(where, self.day or _from(today, self.weekday), self.of_day)

    def before(self, instant: int, where: ZoneInfo) -> int:
        """On the given date, else the last such weekday that does not lie behind `instant`."""
        today = local(where, instant)[0]
        day = self.day or _from(today, self.weekday)
        while self.day is None and at_local(where, day, self.of_day) > instant:
            day -= _WEEK if self.weekday is not None else timedelta(days=1)
        return at_local(where, day, self.of_day)

    def near(self, instant: int, where: ZoneInfo) -> frozenset[int]:
        """The instants that may be meant beside `instant`: on either side where only a weekday is named."""
        today = local(where, instant)[0]
        if self.day is not None or self.weekday is None:
            return frozenset((at_local(where, self.day or today, self.of_day),))
        days = (today + timedelta(days=ahead) for ahead in range(-7, 8))
        found = (at_local(where, day, self.of_day) for day in days if day.weekday() == self.weekday)
        return frozenset(found)


def _from(today: date, weekday: int | None) -> date:
    return today if weekday is None else today + timedelta(days=(weekday - today.weekday()) % 7)


def shown(at: int, where: ZoneInfo, *, beside: int | None = None) -> str:
    """As a scenario writes it; with the date where `beside` lies more than six days away, or is not given."""
    day, of_day = local(where, at)
    dated = "" if beside is not None and abs(at - beside) <= 6 * DAY else f"{day} "
    return f"{WEEKDAYS[day.weekday()]} {dated}{clock_time(of_day)}"


def clock_time(of_day: int) -> str:
    text = f"{of_day // HOUR:02}:{of_day // MINUTE % 60:02}"
    if of_day % MINUTE:
        text += f":{of_day // SECOND % 60:02}"
    if of_day % SECOND:
        text += f".{of_day % SECOND:06}".rstrip("0")
    return text
