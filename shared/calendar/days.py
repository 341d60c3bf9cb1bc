"""Business days: a business day is a local date with open time that is not a holiday.

Three readings of "n business days after t":

- `same_time`: `t` is moved to the next opening; from its date on, n business dates further at the same clock
  time; then to the next open instant.
- `hours`: n times the open time of an average business day of the week.
- `end_of_day`: the closing of the n-th business date after the date of the next opening.

No days at all is `t` itself. n < 0 is the mirror image: back from the last open time, to the last open time.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, Protocol, TypeAlias

from shared.calendar.errors import CalendarError
from shared.calendar.instants import Instant
from shared.calendar.schedule import Schedule

Reading: TypeAlias = Literal["same_time", "hours", "end_of_day"]

_ONE = timedelta(days=1)
_PATIENCE = 40 * 366


class Dated(Protocol):
    """What business days ask of a calendar, which is built upon them."""

    schedule: Schedule

    def add(self, t: Instant, amount: int) -> Instant: ...
    def next_open(self, t: Instant) -> Instant: ...
    def previous_close(self, t: Instant) -> Instant: ...
    def is_business_day(self, day: date) -> bool: ...
    def local(self, t: Instant) -> tuple[date, int]: ...
    def at_local(self, day: date, of_day: int) -> Instant: ...


def business_date_after(calendar: Dated, day: date, n: int) -> date:
    """The n-th business date after `day` (before it, for n < 0); `day` itself for 0."""
    step = _ONE if n > 0 else -_ONE
    left, patience = abs(n), _PATIENCE
    while left:
        day += step
        patience -= 1
        if calendar.is_business_day(day):
            left, patience = left - 1, _PATIENCE
        elif not patience:
            raise CalendarError("the calendar has too few business days: its openings end or have not begun")
    return day


def business_days_between(calendar: Dated, first: date, last: date) -> int:
    """Business dates in (first, last]; negative when `last` comes before `first`."""
    if last < first:
        return -business_days_between(calendar, last, first)
    return sum(calendar.is_business_day(first + i * _ONE) for i in range(1, (last - first).days + 1))


def add_business_days(calendar: Dated, t: Instant, n: int, reading: Reading) -> Instant:
    """The instant `n` business days after `t` in the given reading."""
    if n == 0:
        return t
    if reading == "hours":
        return calendar.add(t, n * calendar.schedule.day_length)
    start = calendar.next_open(t) if n > 0 else calendar.previous_close(t)
    day, of_day = calendar.local(start)
    target = business_date_after(calendar, day, n)
    if reading == "end_of_day":
        return calendar.schedule.open_on(target)[-1][1]
    moved = calendar.at_local(target, of_day)
    return calendar.next_open(moved) if n > 0 else calendar.previous_close(moved)


def add_dates(calendar: Dated, t: Instant, days: int, months: int) -> Instant:
    """The same clock time so many dates and months later, whether open or not.

    A day that the month does not have is its last: a month after 31 January is 28 or 29 February.
    """
    day, of_day = calendar.local(t)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    moved = date(year, month + 1, min(day.day, last)) + days * _ONE
    return calendar.at_local(moved, of_day)
