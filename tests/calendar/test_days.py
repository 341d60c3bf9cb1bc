"""Business days in their three readings, and calendars made of two."""

from datetime import date

import pytest

from shared.calendar.calendar import Calendar
from shared.calendar.days import Reading
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday
from shared.calendar.instants import HOUR
from tests.support.local_times import at, periods, said

READINGS: tuple[Reading, ...] = ("same_time", "hours", "end_of_day")


class TestBusinessDays:
    uk = Calendar.build(
        "Europe/London", {"mon-fri": [("09:00", "17:30")]}, [Holiday.parse("2026-08-31", "Summer")]
    )

    def plus(self, text: str, n: int) -> dict[str, str]:
        start = at(text, "Europe/London")
        return {
            reading: said(self.uk.add_business_days(start, n, reading), "Europe/London")
            for reading in READINGS
        }

    def test_during_the_day(self) -> None:
        assert self.plus("2026-08-27 10:00", 2) == {
            "same_time": "Tue 09-01 10:00",
            "hours": "Tue 09-01 10:00",
            "end_of_day": "Tue 09-01 17:30",
        }

    def test_after_closing_counts_from_the_next_opening(self) -> None:
        assert self.plus("2026-08-28 18:00", 1) == {
            "same_time": "Wed 09-02 09:00",
            "hours": "Tue 09-01 17:30",
            "end_of_day": "Wed 09-02 17:30",
        }

    def test_none_is_the_start(self) -> None:
        assert self.plus("2026-08-30 10:00", 0)["same_time"] == "Sun 08-30 10:00"

    def test_backwards(self) -> None:
        assert (
            said(self.uk.add_business_days(at("2026-09-01 10:00", "Europe/London"), -1), "Europe/London")
            == "Fri 08-28 10:00"
        )

    def test_a_shorter_day_moves_to_the_next_opening(self) -> None:
        short = Calendar.build("UTC", {"mon-thu": [("09:00", "17:00")], "fri": [("09:00", "12:00")]})
        assert said(short.add_business_days(at("2026-07-09T15:00Z"), 1), "UTC") == "Mon 07-13 09:00"

    def test_between(self) -> None:
        assert self.uk.business_days_between(date(2026, 8, 28), date(2026, 9, 1)) == 1
        assert self.uk.business_days_between(date(2026, 9, 1), date(2026, 8, 27)) == -2


class TestTwoCalendars:
    us = Calendar.build("America/New_York", {"mon-fri": [("07:00", "19:00")]}, [Holiday.parse("2026-07-03")])
    india = Calendar.build("Asia/Kolkata", {"mon-fri": [("11:30", "21:00")]})
    a, b = at("2026-07-02T00:00Z"), at("2026-07-04T00:00Z")

    def test_both(self) -> None:
        assert periods(self.us.intersection(self.india), self.a, self.b, "UTC") == [
            "Thu 07-02 11:00 to Thu 07-02 15:30"
        ]
        assert not self.us.intersection(self.india).is_business_day(date(2026, 7, 3))
        assert self.india.intersection(Calendar.always()).is_business_day(date(2026, 7, 3))

    def test_either(self) -> None:
        assert periods(self.us.union(self.india), self.a, self.b, "UTC") == [
            "Thu 07-02 06:00 to Thu 07-02 23:00",
            "Fri 07-03 06:00 to Fri 07-03 15:30",
        ]
        assert self.us.union(self.india).is_business_day(date(2026, 7, 3))

    def test_one_without_the_other(self) -> None:
        off_hours = Calendar.always().difference(self.us)
        assert off_hours.elapsed(self.a, self.b) == 48 * HOUR - 12 * HOUR

    def test_never_both(self) -> None:
        with pytest.raises(CalendarError, match="too little open time"):
            Calendar.build("UTC", {"mon": [("09:00", "10:00")]}).intersection(
                Calendar.build("UTC", {"tue": [("09:00", "10:00")]})
            )

    def test_a_combined_day_has_no_length(self) -> None:
        with pytest.raises(CalendarError, match="count hours"):
            self.us.union(self.india).add_business_days(self.a, 1, "hours")
