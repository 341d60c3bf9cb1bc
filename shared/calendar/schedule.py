"""What a calendar says before it is compiled: the rules from which open intervals come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holidays
from shared.calendar.instants import DAY, FIRST, LAST, Instant
from shared.calendar.intervals import Interval, clip, length, subtract, union
from shared.calendar.zone import at_local, exists, local

_ONE = timedelta(days=1)


class Schedule(Protocol):
    """The rules of one calendar."""

    @property
    def zone(self) -> ZoneInfo: ...

    def open_between(self, since: Instant, until: Instant) -> list[Interval]:
        """The open intervals within [since, until), sorted and merged."""
        ...

    def open_on(self, day: date) -> list[Interval]:
        """The open intervals that belong to that local date; none when it is no business day."""
        ...

    @property
    def day_length(self) -> int:
        """Open microseconds of an average business day of the week."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """24x7. Every local date is a business day."""

    zone: ZoneInfo
    day_length: int = DAY

    def open_between(self, since: Instant, until: Instant) -> list[Interval]:
        return [(since, until)] if since < until else []

    def open_on(self, day: date) -> list[Interval]:
        return union([(at_local(self.zone, day, 0), at_local(self.zone, day + _ONE, 0))])


@dataclass(frozen=True, slots=True)
class Weekly:
    """Weekly hours with holidays, closed pieces (`breaks`) and replaced days (`shifts`).

    Hours belong to the date on which they start. For one date the first of these decides: `shifts`
    (an exception written for this date), a whole-day holiday, the weekday's hours. Breaks and part-day
    holidays are then taken out.
    """

    zone: ZoneInfo
    week: tuple[tuple[Interval, ...], ...]
    holidays: Holidays = field(default_factory=Holidays.of)
    breaks: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)
    shifts: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    @property
    def day_length(self) -> int:
        days = [length(day) for day in self.week if day]
        if not days:
            raise CalendarError(
                "this calendar has no weekly hours, so a business day has no length: count hours"
            )
        return sum(days) // len(days)

    def open_between(self, since: Instant, until: Instant) -> list[Interval]:
        # A date's hours end at most 24 h after its own last instant: begin two dates earlier.
        day, last = (local(self.zone, max(since, FIRST))[0] - 2 * _ONE, local(self.zone, min(until, LAST))[0])
        opened: list[Interval] = []
        closed: list[Interval] = []
        while day <= last:
            opened.extend(self._worked(day))
            closed.extend(self._closed(day))
            day += _ONE
        return clip(subtract(union(opened), union(closed)), since, until)

    def open_on(self, day: date) -> list[Interval]:
        closed = [piece for i in range(-1, 3) for piece in self._closed(day + i * _ONE)]
        return subtract(union(self._worked(day)), union(closed))

    def _worked(self, day: date) -> list[Interval]:
        hours = self.shifts.get(day)
        if hours is None:
            hours = () if self.holidays.close(day) else self.week[day.weekday()]
        return self._instants(day, hours)

    def _closed(self, day: date) -> list[Interval]:
        return self._instants(day, self.breaks.get(day, ()) + self.holidays.pieces(day))

    def _instants(self, day: date, hours: tuple[Interval, ...]) -> list[Interval]:
        if not hours or not exists(self.zone, day):
            return []
        return [(at_local(self.zone, day, start), at_local(self.zone, day, end)) for start, end in hours]
