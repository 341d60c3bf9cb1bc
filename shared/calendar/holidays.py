"""Days on which a calendar is closed, whole or in part."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from shared.calendar.errors import CalendarError
from shared.calendar.hours import day_hours
from shared.calendar.intervals import Interval

_DAY = re.compile(r"(\*|\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Holiday:
    """A closed day. `closed` names the part that is closed, ("12:00", "24:00"); empty means the whole day.

    A whole-day holiday closes the hours that start on its date (a night shift that began the evening
    before is worked to its end); a part-day one closes its piece of wall-clock time, whoever works then.
    A yearly one returns on the same month and day from its own year on; 29 February in leap years only.
    """

    day: date
    name: str = ""
    closed: tuple[tuple[str, str], ...] = ()
    yearly: bool = False

    @classmethod
    def parse(cls, text: str, name: str = "", closed: Iterable[tuple[str, str]] = ()) -> Self:
        """From "2026-12-25", or "*-12-25" for every year. Raises CalendarError for anything else."""
        found = _DAY.fullmatch(text.strip())
        try:
            if found:
                year = 4 if found[1] == "*" else int(found[1])  # year 4: the first leap year
                day = date(year, int(found[2]), int(found[3]))
                return cls(day, name, tuple(closed), yearly=found[1] == "*")
        except ValueError:
            pass
        raise CalendarError(f"{text!r} is not a day: write 2026-12-25, or *-12-25 for every year")

    def falls_on(self, day: date) -> bool:
        """Whether that date is this holiday."""
        if not self.yearly:
            return day == self.day
        return (day.month, day.day) == (self.day.month, self.day.day) and day.year >= self.day.year


@dataclass(frozen=True, slots=True)
class Holidays:
    """Holidays by month and day. Raises CalendarError for a part of a day that cannot be read."""

    all: tuple[Holiday, ...]
    _by_day: Mapping[tuple[int, int], tuple[tuple[Holiday, tuple[Interval, ...]], ...]] = field(
        compare=False, repr=False
    )

    @classmethod
    def of(cls, holidays: Iterable[Holiday] = ()) -> Self:
        """Index them; order and repetition do not matter."""
        every = tuple(sorted(set(holidays), key=lambda h: (h.day, h.yearly, h.name, h.closed)))
        by_day: dict[tuple[int, int], tuple[tuple[Holiday, tuple[Interval, ...]], ...]] = {}
        for holiday in every:
            key = (holiday.day.month, holiday.day.day)
            by_day[key] = (*by_day.get(key, ()), (holiday, day_hours(holiday.closed)))
        return cls(every, by_day)

    def close(self, day: date) -> bool:
        """Whether a whole-day holiday lies on that date."""
        return any(not pieces for _, pieces in self._on(day))

    def pieces(self, day: date) -> tuple[Interval, ...]:
        """The closed microseconds after midnight of that date's part-day holidays."""
        return tuple(piece for _, pieces in self._on(day) for piece in pieces)

    def names(self, day: date) -> list[str]:
        """What is celebrated on that date."""
        return [holiday.name for holiday, _ in self._on(day)]

    def _on(self, day: date) -> Iterator[tuple[Holiday, tuple[Interval, ...]]]:
        on_any_year = self._by_day.get((day.month, day.day), ())
        return (entry for entry in on_any_year if entry[0].falls_on(day))
