"""A calendar answers how much business time lies between two instants, and when an amount is used up."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Self

from shared.calendar.combined import Combined, Operation
from shared.calendar.days import Reading, add_business_days, business_days_between
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday, Holidays
from shared.calendar.hours import Hours, day_hours, weekly_hours
from shared.calendar.instants import DAY, FIRST, LAST, Instant, instant
from shared.calendar.intervals import Interval
from shared.calendar.schedule import Always, Schedule, Weekly
from shared.calendar.table import BUCKET, Back, Forward, Table
from shared.calendar.zone import at_local, local, zone

_YEAR = 366 * DAY
_PATIENCE = 30 * _YEAR  # a calendar that has not opened, or closed, for so long never will

_PROBE = instant(datetime(2024, 1, 1, tzinfo=UTC))


class Calendar:
    """Open time. Compiled on demand, by years, into a sorted table with prefix sums.

    Amounts are microseconds of open time in real (UTC) seconds: a day of 23 or 25 hours counts what it has.
    Raises CalendarError when an answer lies beyond the years 1800 to 2499 or beyond the last open time.
    """

    __slots__ = ("_back", "_business_days", "_forward", "_table", "schedule")

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._forward: dict[int, Forward] = {}
        self._back: dict[int, Back] = {}
        self._business_days: dict[date, bool] = {}
        always = isinstance(schedule, Always)
        self._table = Table(FIRST, LAST, schedule.open_between(FIRST, LAST)) if always else Table(0, 0, ())

    @classmethod
    def always(cls, zone_name: str = "UTC") -> Self:
        """24x7. The zone matters for business days only: there every date is one."""
        return cls(Always(zone(zone_name)))

    @classmethod
    def build(
        cls,
        zone_name: str,
        hours: Mapping[str, Hours],
        holidays: Iterable[Holiday] = (),
        *,
        breaks: Mapping[date, Hours] | None = None,
        shifts: Mapping[date, Hours] | None = None,
    ) -> Self:
        """Weekly hours ({"mon-fri": [("07:00", "19:00")]}) in an IANA zone.

        `breaks` closes pieces of a date; `shifts` replaces the hours of a date, also on a holiday.
        Raises CalendarError for hours that cannot be read, and for a calendar that never opens.
        """
        week = weekly_hours(hours)
        closed = Holidays.of(holidays)
        pieces = {day: day_hours(of_day) for day, of_day in (breaks or {}).items()}
        replaced = {day: day_hours(of_day) for day, of_day in (shifts or {}).items()}
        if not any(week) and not any(replaced.values()):
            raise CalendarError(
                "this calendar never opens: give at least one weekday hours, such as mon: 09:00-17:00"
            )
        if all(day == ((0, DAY),) for day in week) and not (closed.all or pieces or replaced):
            return cls.always(zone_name)
        return cls(Weekly(zone(zone_name), week, closed, pieces, replaced))

    # How much, and when

    def elapsed(self, a: Instant, b: Instant) -> int:
        """Open microseconds in [a, b); with b < a the same amount, negative."""
        forward = self._forward
        try:  # the table's short cuts, written out: calls, also of min, would double the cost
            opening, offset, most, later_offset, later_most = forward[a >> BUCKET]
            if a >= opening:
                offset, most = later_offset, later_most
            until_a = a - offset
            if until_a > most:  # noqa: PLR1730
                until_a = most
            opening, offset, most, later_offset, later_most = forward[b >> BUCKET]
            if b >= opening:
                offset, most = later_offset, later_most
            until_b = b - offset
        except LookupError:
            table = self.window(min(a, b), max(a, b))
            self._forward |= table.forward(a) | table.forward(b)
            return table.used(b) - table.used(a)
        return (most if until_b > most else until_b) - until_a  # noqa: FURB136

    def add(self, t: Instant, amount: int) -> Instant:
        """The earliest instant at which `amount` of open time since `t` has been used.

        A budget that ends with the day is due at the closing instant. Nothing added is `t` itself, also
        when closed. A negative amount goes back, to the latest instant from which that amount leads to `t`.
        """
        if amount <= 0:
            return self._before(t, -amount) if amount else t
        try:  # as in elapsed
            opening, offset, most, later_offset, later_most = self._forward[t >> BUCKET]
            if t >= opening:
                offset, most = later_offset, later_most
            used = t - offset
            if used > most:  # noqa: PLR1730
                used = most
            used += amount
            closing, offset, later_offset = self._back[used >> BUCKET]
        except LookupError:
            table = self.window(t, t)
            used = table.used(t) + amount
            while used > table.total:
                table = self._longer(table, searching=True)
            self._forward |= table.forward(t)
            self._back |= table.back(used)
            return table.earliest(used)
        return used + (offset if used <= closing else later_offset)

    def first_after(self, t: Instant, amount: int) -> Instant:
        """The instant after which `amount` is exceeded: inf{x : elapsed(t, x) > amount}, for amount >= 0.

        Where the budget ends at a closing this is the next opening.
        """
        if amount < 0:
            raise CalendarError(f"an amount of {amount} µs is exceeded at every instant: give 0 or more")
        table = self.window(t, t)
        used = table.used(t) + amount
        while used >= table.total:
            table = self._longer(table, searching=True)
        return table.latest(used)

    def _before(self, t: Instant, amount: int) -> Instant:
        table = self.window(t, t)
        target = table.used(t) - amount
        while target < table.first:
            table = self._sooner(table, searching=True)
        return table.latest(target)

    # Open or closed

    def is_open(self, t: Instant) -> bool:
        """Half open: open at the opening instant, closed at the closing one."""
        table = self.window(t, t)
        i = table.passed(t)
        return i > 0 and t < table.intervals[i - 1][1]

    def next_open(self, t: Instant) -> Instant:
        """The first open instant at or after `t`."""
        return self.first_after(t, 0)

    def next_close(self, t: Instant) -> Instant:
        """The closing of the period that is open at `t`, or else of the next one."""
        start = self.first_after(t, 0)
        close = self._close(start, start + _PATIENCE)
        if close is None:
            raise CalendarError("this calendar does not close again: ask is_open first")
        return close

    def previous_close(self, t: Instant) -> Instant:
        """The latest instant at or before `t` up to which business time runs: `t` itself while open."""
        table = self.window(t, t)
        used = table.used(t)
        while used <= table.first:
            table = self._sooner(table, searching=True)
        return table.earliest(used)

    def intervals(self, a: Instant, b: Instant) -> Iterator[Interval]:
        """The open intervals within [a, b), in order, lazily; the first and the last are cut to the range."""
        at = a
        while at < b:
            table = self.window(at, at)
            i = table.passed(at)
            if i and at < table.intervals[i - 1][1]:
                start = at
            elif i < len(table.opens):
                start = table.opens[i]
            else:
                at = table.until
                continue
            if start >= b:
                return
            at = self._close(start, b) or b
            yield start, at

    def _close(self, t: Instant, limit: Instant) -> Instant | None:
        """The closing of the period that is open at `t`; None when there is none before `limit`."""
        limit = min(limit, LAST)
        table = self.window(t, t)
        i = table.passed(t) - 1
        while table.intervals[i][1] == table.until < limit:
            table = self._longer(table)
        close = table.intervals[i][1]
        return close if close < limit else None

    # Days

    def is_business_day(self, day: date) -> bool:
        """Whether hours start on that local date: a date with open time that is not a holiday."""
        known = self._business_days.get(day)
        if known is None:
            known = self._business_days[day] = bool(self.schedule.open_on(day))
        return known

    def add_business_days(self, t: Instant, n: int, reading: Reading = "same_time") -> Instant:
        """`n` business days after `t`; see `shared.calendar.days` for the three readings."""
        return add_business_days(self, t, n, reading)

    def business_days_between(self, first: date, last: date) -> int:
        """Business dates in (first, last]; negative when `last` comes before `first`."""
        return business_days_between(self, first, last)

    def local(self, t: Instant) -> tuple[date, int]:
        """The local date and the microseconds after midnight that the wall clock shows."""
        return local(self.schedule.zone, t)

    def at_local(self, day: date, of_day: int) -> Instant:
        """The instant of a local date and time: a gap moves it forward, an overlap takes the first."""
        return at_local(self.schedule.zone, day, of_day)

    # Calendars from calendars

    def intersection(self, other: "Calendar") -> "Calendar":
        """Open when both are. Dates and business days are read in this calendar's zone."""
        return self._combined("intersection", other)

    def union(self, other: "Calendar") -> "Calendar":
        """Open when either is. Dates are read in this calendar's zone."""
        return self._combined("union", other)

    def difference(self, other: "Calendar") -> "Calendar":
        """Open when this one is and the other is not."""
        return self._combined("difference", other)

    def _combined(self, operation: Operation, other: "Calendar") -> "Calendar":
        """Raises CalendarError when nothing is left from 2024 on, for such a calendar can keep no promise."""
        combined = Combined(operation, self.schedule, other.schedule)
        Calendar(combined).next_open(_PROBE)
        return Calendar(combined)

    # The table

    def window(self, a: Instant, b: Instant) -> Table:
        """The compiled table, grown until it holds [a, b]."""
        table = self._table
        if a < FIRST or b >= LAST:
            raise CalendarError(f"instant {a if a < FIRST else b} lies outside the years 1800 to 2499")
        if table.since == table.until:
            start = max(a - _YEAR // 12, FIRST)  # clocks look back a little
            table = Table(start, start, ())
        while a < table.since:
            table = self._sooner(table)
        while b >= table.until:
            table = self._longer(table)
        return table

    def _longer(self, table: Table, *, searching: bool = False) -> Table:
        until = min(table.until + max(_YEAR, table.until - table.since), LAST)
        silent = table.until - (table.intervals[-1][1] if table.intervals else table.since)
        if until == table.until or (searching and silent > _PATIENCE):
            raise CalendarError("the calendar has too little open time after that instant")
        self._table = table.later(until, self.schedule.open_between(table.until, until))
        return self._table

    def _sooner(self, table: Table, *, searching: bool = False) -> Table:
        since = max(table.since - max(_YEAR, table.until - table.since), FIRST)
        silent = (table.intervals[0][0] if table.intervals else table.until) - table.since
        if since == table.since or (searching and silent > _PATIENCE):
            raise CalendarError("the calendar has too little open time before that instant")
        self._table = table.earlier(since, self.schedule.open_between(since, table.since))
        return self._table
