"""What a calendar answers, in examples. Times are local to the calendar's zone unless they end in Z."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from shared.calendar import pauses
from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND, instant, moment
from tests.support.local_times import at, periods, said

OFFICE = Calendar.build("America/New_York", {"mon-fri": [("07:00", "19:00")]})


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
