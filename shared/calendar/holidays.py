"""Days on which a calendar is closed, whole or in part."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.calendar.errors import CalendarError
from shared.calendar.hours import day_hours
from shared.calendar.intervals import Interval

_DAY = re.compile(r"(\*|\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Holiday:
    """A closed day. `closed` names the part that is closed, ("12:00", "24:00"); empty means the whole day.

    A whole-day holiday closes the hours that start on its date (a night shift that began the evening
    before is worked to its end); a part-day one closes its piece of wall-clock time, whoever works then.
    """

    day: date
    name: str = ""
    closed: tuple[tuple[str, str], ...] = ()
    yearly: bool = False

    @property
    def key(self) -> date | tuple[int, int]:
        """What identifies the day: the date, or (month, day) of every year."""
        return (self.day.month, self.day.day) if self.yearly else self.day

    @classmethod
    def parse(cls, text: str, name: str = "", closed: Iterable[tuple[str, str]] = ()) -> "Holiday":
        """From "2026-12-25", or "*-12-25" for every year (*-02-29: leap years only)."""
        found = _DAY.fullmatch(text.strip())
        try:
            if found:
                year = 2000 if found[1] == "*" else int(found[1])
                day = date(year, int(found[2]), int(found[3]))
                return cls(day, name, tuple(closed), yearly=found[1] == "*")
        except ValueError:
            pass
        raise CalendarError(f"{text!r} is not a day: write 2026-12-25, or *-12-25 for every year")


@dataclass(frozen=True, slots=True)
class Holidays:
    """Holidays by date. Raises CalendarError for a part of a day that cannot be read."""

    all: tuple[Holiday, ...]
    _whole: frozenset[date | tuple[int, int]] = field(compare=False, repr=False)
    _pieces: Mapping[date | tuple[int, int], tuple[Interval, ...]] = field(compare=False, repr=False)

    @classmethod
    def of(cls, holidays: Iterable[Holiday] = ()) -> "Holidays":
        """Index them; order and repetition do not matter."""
        every = tuple(sorted(set(holidays), key=lambda h: (h.yearly, h.day, h.name, h.closed)))
        pieces: dict[date | tuple[int, int], tuple[Interval, ...]] = {}
        for holiday in every:
            if holiday.closed:
                pieces[holiday.key] = pieces.get(holiday.key, ()) + day_hours(holiday.closed)
        return cls(every, frozenset(holiday.key for holiday in every if not holiday.closed), pieces)

    def close(self, day: date) -> bool:
        """Whether a whole-day holiday lies on that date."""
        return day in self._whole or (day.month, day.day) in self._whole

    def pieces(self, day: date) -> tuple[Interval, ...]:
        """The closed microseconds after midnight of that date's part-day holidays."""
        if not self._pieces:
            return ()
        return self._pieces.get(day, ()) + self._pieces.get((day.month, day.day), ())

    def names(self, day: date) -> list[str]:
        """What is celebrated on that date."""
        return [holiday.name for holiday in self.all if holiday.key in (day, (day.month, day.day))]
