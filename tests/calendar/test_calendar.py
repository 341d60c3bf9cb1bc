"""What a calendar answers, in examples. Times are local to the calendar's zone unless they end in Z."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.calendar import pauses
from shared.calendar.calendar import Calendar
from shared.calendar.days import Reading
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND, Instant, instant, moment

OFFICE = Calendar.build("America/New_York", {"mon-fri": [("07:00", "19:00")]})


READINGS: tuple[Reading, ...] = ("same_time", "hours", "end_of_day")


def at(text: str, zone: str = "America/New_York") -> Instant:
    if text.endswith("Z"):
        return instant(datetime.fromisoformat(text))
    return instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def said(t: Instant, zone: str = "America/New_York") -> str:
    return moment(t).astimezone(ZoneInfo(zone)).strftime("%a %m-%d %H:%M")


def periods(calendar: Calendar, a: Instant, b: Instant, zone: str) -> list[str]:
    return [f"{said(start, zone)} to {said(end, zone)}" for start, end in calendar.intervals(a, b)]


def test_a_budget_runs_over_the_weekend() -> None:
    friday = at("2026-07-10 18:00")
    assert said(OFFICE.add(friday, 30 * MINUTE)) == "Fri 07-10 18:30"
    assert said(OFFICE.add(friday, 3 * HOUR)) == "Mon 07-13 09:00"
    assert OFFICE.elapsed(friday, at("2026-07-13 09:00")) == 3 * HOUR


def test_a_budget_that_ends_at_closing_is_due_then_and_exceeded_at_the_next_opening() -> None:
    friday = at("2026-07-10 18:00")
    assert said(OFFICE.add(friday, HOUR)) == "Fri 07-10 19:00"
    assert said(OFFICE.first_after(friday, HOUR)) == "Mon 07-13 07:00"
    assert OFFICE.first_after(friday, HOUR - 1) == at("2026-07-10 19:00") - 1


def test_nothing_added_is_the_start_also_when_closed() -> None:
    sunday = at("2026-07-12 12:00")
    assert OFFICE.add(sunday, 0) == sunday
    assert said(OFFICE.first_after(sunday, 0)) == "Mon 07-13 07:00"


def test_back_to_the_latest_instant_that_leads_here() -> None:
    monday = at("2026-07-13 08:00")
    assert said(OFFICE.add(monday, -2 * HOUR)) == "Fri 07-10 18:00"
    assert said(OFFICE.add(monday, -HOUR)) == "Mon 07-13 07:00", (
        "not Friday 19:00, though that leads here too"
    )


def test_elapsed_backwards_is_negative() -> None:
    assert OFFICE.elapsed(at("2026-07-13 08:00"), at("2026-07-10 18:00")) == -2 * HOUR


def test_open_at_opening_closed_at_closing() -> None:
    assert not OFFICE.is_open(at("2026-07-10 07:00") - 1)
    assert OFFICE.is_open(at("2026-07-10 07:00"))
    assert OFFICE.is_open(at("2026-07-10 19:00") - 1)
    assert not OFFICE.is_open(at("2026-07-10 19:00"))
    assert said(OFFICE.next_close(at("2026-07-10 19:00"))) == "Mon 07-13 19:00"
    assert said(OFFICE.previous_close(at("2026-07-12 00:00"))) == "Fri 07-10 19:00"
    assert said(OFFICE.previous_close(at("2026-07-13 07:00"))) == "Fri 07-10 19:00"


def test_several_intervals_a_day_and_until_midnight() -> None:
    split = Calendar.build(
        "UTC", {"mon-fri": [("09:00", "12:00"), ("13:00", "17:00")], "sun": [("20:00", "24:00")]}
    )
    assert periods(split, at("2026-07-12T00:00Z"), at("2026-07-14T00:00Z"), "UTC") == [
        "Sun 07-12 20:00 to Mon 07-13 00:00",
        "Mon 07-13 09:00 to Mon 07-13 12:00",
        "Mon 07-13 13:00 to Mon 07-13 17:00",
    ]


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    night = Calendar.build(
        "Asia/Kolkata", {"mon-fri": [("22:00", "06:00")]}, [Holiday(date(2026, 8, 14), "a Friday")]
    )
    assert periods(night, at("2026-08-12T18:30Z"), at("2026-08-17T18:30Z"), "Asia/Kolkata") == [
        "Thu 08-13 00:00 to Thu 08-13 06:00",
        "Thu 08-13 22:00 to Fri 08-14 06:00",
        "Mon 08-17 22:00 to Tue 08-18 00:00",
    ]


def test_a_closing_at_its_opening_is_next_days() -> None:
    whole = Calendar.build("UTC", {"mon": [("08:00", "08:00")]})
    assert periods(whole, at("2026-07-13T00:00Z"), at("2026-07-15T00:00Z"), "UTC") == [
        "Mon 07-13 08:00 to Tue 07-14 08:00"
    ]


def test_a_budget_that_ends_where_a_pause_begins_is_due_then() -> None:
    friday, noon, tomorrow = at("2026-07-10 10:00"), at("2026-07-10 12:00"), at("2026-07-11 12:00")
    assert pauses.add(OFFICE, friday, 2 * HOUR, [(noon, tomorrow)]) == noon
    assert said(pauses.first_after(OFFICE, friday, 2 * HOUR, [(noon, tomorrow)])) == "Mon 07-13 07:00"
    assert pauses.add(OFFICE, noon, 0, [(friday, tomorrow)]) == noon


def test_a_night_shift_that_breaks_close_whole_is_no_business_day() -> None:
    night = Calendar.build(
        "UTC",
        {"mon-fri": [("22:00", "06:00")]},
        breaks={date(2026, 7, 13): [("22:00", "24:00")], date(2026, 7, 14): [("00:00", "06:00")]},
    )
    assert not night.is_business_day(date(2026, 7, 13))
    assert night.is_business_day(date(2026, 7, 14))


def test_many_short_periods_a_day() -> None:
    """More openings than a short cut can tell apart; every question twice, the second by short cut."""
    halves = [(f"{hour:02}:00", f"{hour:02}:30") for hour in range(24)]
    bells = Calendar.build("UTC", {"mon-sun": halves})
    midnight = at("2026-07-13T00:00Z")
    for _ in range(2):
        for quarter in range(96):
            t = midnight + quarter * 15 * MINUTE
            assert (
                bells.elapsed(midnight, t) == quarter // 4 * 30 * MINUTE + min(quarter % 4, 2) * 15 * MINUTE
            )
            assert bells.elapsed(t, bells.add(t, 100 * MINUTE)) == 100 * MINUTE


def test_neighbouring_shifts_are_one_period() -> None:
    days = Calendar.build(
        "UTC", {"mon": [("00:00", "24:00")], "tue": [("00:00", "12:00"), ("12:00", "18:00")]}
    )
    assert said(days.next_close(at("2026-07-13T05:00Z")), "UTC") == "Tue 07-14 18:00"


def test_round_the_clock_is_arithmetic() -> None:
    always = Calendar.build("Europe/Copenhagen", {"mon-sun": [("00:00", "24:00")]})
    t = at("2026-03-29T00:30Z")
    assert always.add(t, 100 * DAY) == t + 100 * DAY
    assert always.first_after(t, 5) == t + 5
    assert always.add(t, -HOUR) == t - HOUR
    assert list(always.intervals(t, t + DAY)) == [(t, t + DAY)]
    with pytest.raises(CalendarError, match="does not close"):
        always.next_close(t)


def test_round_the_clock_but_for_a_holiday_closes_once() -> None:
    nearly = Calendar.build("UTC", {"mon-sun": [("00:00", "24:00")]}, [Holiday.parse("*-12-25", "Christmas")])
    assert moment(nearly.next_close(at("2026-01-01T00:00Z"))) == datetime.fromisoformat("2026-12-25T00:00Z")
    assert nearly.elapsed(at("2026-01-01T00:00Z"), at("2028-01-01T00:00Z")) == (2 * 365 - 2) * DAY


def test_part_day_holiday_break_and_replaced_day() -> None:
    eve = Holiday(date(2026, 12, 24), "Christmas Eve", closed=(("12:00", "24:00"),))
    calendar = Calendar.build(
        "UTC",
        {"mon-fri": [("08:00", "16:00")]},
        [eve, Holiday(date(2026, 12, 25), "Christmas"), Holiday(date(2026, 12, 28), "bridge")],
        breaks={date(2026, 12, 23): [("10:00", "11:00")]},
        shifts={date(2026, 12, 26): [("10:00", "14:00")], date(2026, 12, 28): [("09:00", "10:00")]},
    )
    assert periods(calendar, at("2026-12-23T00:00Z"), at("2026-12-29T00:00Z"), "UTC") == [
        "Wed 12-23 08:00 to Wed 12-23 10:00",
        "Wed 12-23 11:00 to Wed 12-23 16:00",
        "Thu 12-24 08:00 to Thu 12-24 12:00",
        "Sat 12-26 10:00 to Sat 12-26 14:00",
        "Mon 12-28 09:00 to Mon 12-28 10:00",
    ]
    assert calendar.is_business_day(date(2026, 12, 24))
    assert not calendar.is_business_day(date(2026, 12, 25))
    assert calendar.is_business_day(date(2026, 12, 26))


class TestClockChanges:
    """New York 2026: 8 March 02:00 -> 03:00, 1 November 02:00 -> 01:00."""

    night = Calendar.build("America/New_York", {"mon-sun": [("20:00", "04:00")]})

    def test_elapsed_is_real_time(self) -> None:
        assert self.night.elapsed(at("2026-03-07 20:00"), at("2026-03-08 12:00")) == 7 * HOUR
        assert self.night.elapsed(at("2026-10-31 20:00"), at("2026-11-01 12:00")) == 9 * HOUR

    def test_hours_in_the_gap_are_dropped_and_move_forward_where_they_only_begin_there(self) -> None:
        gone = Calendar.build("America/New_York", {"sun": [("02:00", "03:00"), ("05:00", "06:00")]})
        assert said(gone.next_open(at("2026-03-08 00:00"))) == "Sun 03-08 05:00"
        begins = Calendar.build("America/New_York", {"sun": [("02:30", "05:00")]})
        assert said(begins.next_open(at("2026-03-08 00:00"))) == "Sun 03-08 03:30"

    def test_an_ambiguous_opening_is_the_first(self) -> None:
        early = Calendar.build("America/New_York", {"sun": [("01:30", "03:00")]})
        assert early.next_open(at("2026-11-01 00:00")) == at("2026-11-01T05:30Z")
        assert early.elapsed(at("2026-11-01 00:00"), at("2026-11-02 00:00")) == 2 * HOUR + 30 * MINUTE

    def test_a_clock_change_at_midnight(self) -> None:
        """Santiago 2026: 6 September 00:00 -> 01:00."""
        day = Calendar.build("America/Santiago", {"sat": [("12:00", "24:00")], "sun": [("00:00", "12:00")]})
        a = at("2026-09-05 00:00", "America/Santiago")
        assert day.elapsed(a, a + 3 * DAY) == 23 * HOUR
        assert len(list(day.intervals(a, a + 3 * DAY))) == 1

    def test_a_half_hour_change(self) -> None:
        """Lord Howe 2026: 4 October 02:00 -> 02:30."""
        island = Calendar.build("Australia/Lord_Howe", {"sun": [("00:00", "06:00")]})
        a = at("2026-10-03 12:00", "Australia/Lord_Howe")
        assert island.elapsed(a, a + DAY) == 5 * HOUR + 30 * MINUTE

    def test_zones_with_odd_offsets(self) -> None:
        kathmandu = Calendar.build("Asia/Kathmandu", {"mon-fri": [("09:00", "17:00")]})
        assert kathmandu.next_open(at("2026-07-13T00:00Z")) == at("2026-07-13T03:15Z")

    def test_british_standard_time_stayed_in_winter(self) -> None:
        london = Calendar.build("Europe/London", {"mon-fri": [("09:00", "17:30")]})
        assert london.next_open(at("1970-01-05T00:00Z")) == at("1970-01-05T08:00Z")
        assert london.next_open(at("1972-01-05T00:00Z")) == at("1972-01-05T09:00Z")

    def test_a_date_that_never_was(self) -> None:
        """Samoa went from Thursday 29 to Saturday 31 December 2011."""
        apia = Calendar.build("Pacific/Apia", {"thu-sat": [("09:00", "17:00")]})
        a = at("2011-12-29 00:00", "Pacific/Apia")
        assert apia.elapsed(a, a + 2 * DAY) == 16 * HOUR
        assert not apia.is_business_day(date(2011, 12, 30))


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


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Calendar.build("UTC", {}), "never opens"),
        (lambda: Calendar.build("UTC", {"mon": []}), "never opens"),
        (lambda: Calendar.build("Europe/Kopenhagen", {"mon": [("09:00", "10:00")]}), "Europe/Copenhagen"),
        (lambda: Calendar.build("UTC", {"mon": [("9", "10:00")]}), "HH:MM"),
        (lambda: Calendar.build("UTC", {"mon": [("09:00", "24:01")]}), "24:00"),
        (lambda: Calendar.build("UTC", {"mon": [("24:00", "08:00")]}), "next day at 00:00"),
        (lambda: Calendar.build("UTC", {"mon": ["09:00-17:00"]}), "opening and a closing"),
        (lambda: Calendar.build("UTC", {"funday": [("09:00", "10:00")]}), "not a weekday"),
        (lambda: Holiday.parse("2026-02-30"), "not a day"),
        (
            lambda: Calendar.build(
                "UTC", {"mon": [("09:00", "10:00")]}, [Holiday(date(2026, 1, 1), closed=(("1", "2"),))]
            ),
            "HH:MM",
        ),
    ],
)
def test_a_mistake_says_what_to_write(build: Callable[[], object], says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        build()


def test_open_once_and_never_again() -> None:
    once = Calendar.build("UTC", {}, shifts={date(2026, 1, 5): [("09:00", "10:00")]})
    assert once.elapsed(at("1990-01-01T00:00Z"), at("2030-01-01T00:00Z")) == HOUR
    assert once.add(at("2026-01-01T00:00Z"), HOUR) == at("2026-01-05T10:00Z")
    with pytest.raises(CalendarError, match="too little open time"):
        once.add(at("2026-01-01T00:00Z"), HOUR + 1)
    with pytest.raises(CalendarError, match="too little open time"):
        once.next_open(at("2026-02-01T00:00Z"))
    with pytest.raises(CalendarError, match="too little open time"):
        once.add(at("2026-01-01T00:00Z"), -SECOND)


def test_a_minute_a_week_for_a_century() -> None:
    """The table grows by its own length: a search must not take a long new stretch for a long silence."""
    rare = Calendar.build("UTC", {"mon": [("09:00", "09:01")]})
    start = at("2026-01-05T09:00Z")
    assert rare.add(start, 5200 * MINUTE) == start + 5199 * 7 * DAY + MINUTE
    assert rare.add(start, -5200 * MINUTE) == start - 5200 * 7 * DAY


def test_an_instant_beyond_the_years_is_refused() -> None:
    with pytest.raises(CalendarError, match="1800 to 2499"):
        OFFICE.is_open(at("2926-01-01T00:00Z"))


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001
