"""Public holidays from the data files, and a customer's own days from iCalendar."""

from datetime import date

import pytest

from cli import calendar_update
from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.holidays import Holiday, Holidays
from shared.calendar.ics import read_ics
from shared.calendar.public_holidays import PublicHolidays, available, public_holidays


class TestPublicHolidays:
    def test_danish_bank_days(self) -> None:
        """EM-2: public holidays, and the Friday after Ascension, 5 June, 24 and 31 December."""
        public, bank = public_holidays("DK").days, public_holidays("DK-bank").days
        assert public.items() <= bank.items()
        assert sorted(day for day in bank.keys() - public.keys() if day.year == 2026) == [
            date(2026, 5, 15),
            date(2026, 6, 5),
            date(2026, 12, 24),
            date(2026, 12, 31),
        ]
        open_days = Calendar.build(
            "Europe/Copenhagen", {"mon-fri": [("08:00", "16:00")]}, public_holidays("DK-bank").holidays
        )
        assert not open_days.is_business_day(date(2026, 5, 15))
        assert open_days.business_days_between(date(2025, 12, 31), date(2026, 12, 31)) == 261 - 11

    def test_great_prayer_day_was_abolished(self) -> None:
        assert date(2023, 5, 5) in public_holidays("DK").days
        assert date(2024, 4, 26) not in public_holidays("DK").days

    def test_a_saturday_is_observed_on_friday_in_the_united_states(self) -> None:
        assert date(2026, 7, 3) in public_holidays("US-federal").days

    def test_every_file_is_what_the_pinned_package_says(self) -> None:
        assert sorted(calendar_update.RECIPES) == available()
        assert calendar_update.update(write=False) == []

    def test_an_unknown_name_hears_the_near_one(self) -> None:
        with pytest.raises(CalendarError, match="did you mean DK-bank"):
            public_holidays("DK-bnk")
        with pytest.raises(CalendarError, match=r"known are .*US-federal"):
            public_holidays("../calendar")

    def test_a_file_edited_by_hand_is_refused(self) -> None:
        told = public_holidays("DK").dump()
        assert PublicHolidays.load(told) == public_holidays("DK")
        with pytest.raises(CalendarError, match="not those that were generated"):
            PublicHolidays.load(told.replace("2026-04-02", "2026-04-01"))

    def test_changes_are_shown(self) -> None:
        old = public_holidays("DK")
        days = {**old.days, date(2026, 4, 3): "Long Friday", date(2026, 7, 1): "New Day"}
        del days[date(2026, 4, 2)]
        new = PublicHolidays(old.name, old.title, old.source, old.first_year, old.last_year, days)
        assert list(calendar_update.changes(old, new)) == [
            "DK: - 2026-04-02 Maundy Thursday",
            "DK: ~ 2026-04-03 Good Friday -> Long Friday",
            "DK: + 2026-07-01 New Day",
        ]


def test_a_yearly_holiday_begins_with_its_own_year() -> None:
    founded = Holidays.of(
        [Holiday(date(2020, 3, 1), "Founders' Day", yearly=True), Holiday.parse("*-02-29", "leap")]
    )
    assert not founded.close(date(2019, 3, 1))
    assert founded.close(date(2031, 3, 1))
    assert founded.names(date(2028, 2, 29)) == ["leap"]


def ics(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])


class TestICalendar:
    def read(self, *lines: str) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
        return [(h.day.isoformat(), h.name, h.closed) for h in read_ics(ics(*lines), "Europe/Copenhagen")]

    def test_all_day(self) -> None:
        assert self.read("DTSTART;VALUE=DATE:20261224", "SUMMARY:Closed\\, all of", "  it") == [
            ("2026-12-24", "Closed, all of it", ())
        ]

    def test_several_days_end_before_dtend(self) -> None:
        days = self.read("DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20270102")
        assert [day for day, _, _ in days] == ["2026-12-30", "2026-12-31", "2027-01-01"]
        assert days == self.read("DTSTART;VALUE=DATE:20261230", "DURATION:P3D")

    def test_a_timed_event_closes_its_hours_in_the_calendars_zone(self) -> None:
        afternoon = [("2026-06-05", "", (("12:00:00", "16:30:00"),))]
        assert (
            self.read(
                "DTSTART;TZID=Europe/Copenhagen:20260605T120000",
                "DTEND;TZID=Europe/Copenhagen:20260605T163000",
            )
            == afternoon
        )
        assert self.read("DTSTART:20260605T100000Z", "DURATION:PT4H30M") == afternoon
        assert self.read("DTSTART:20260605T120000", "DURATION:PT4H30M") == afternoon
        assert self.read('DTSTART;TZID="America/New_York":20260605T060000', "DURATION:PT4H30M") == afternoon

    def test_a_timed_event_over_midnight(self) -> None:
        assert self.read("DTSTART:20261230T180000", "DTEND:20270101T060000") == [
            ("2026-12-30", "", (("18:00:00", "24:00"),)),
            ("2026-12-31", "", ()),
            ("2027-01-01", "", (("00:00:00", "06:00:00"),)),
        ]

    def test_every_year(self) -> None:
        (holiday,) = read_ics(
            ics("DTSTART;VALUE=DATE:20200301", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1"), "UTC"
        )
        assert (holiday.day, holiday.yearly) == (date(2020, 3, 1), True)
        assert len(self.read("DTSTART;VALUE=DATE:20200301", "RRULE:FREQ=YEARLY;COUNT=3")) == 3
        assert len(self.read("DTSTART;VALUE=DATE:20200301", "RRULE:FREQ=YEARLY;UNTIL=20220228")) == 2
        assert len(self.read("DTSTART;VALUE=DATE:20200301", "RRULE:FREQ=YEARLY;UNTIL=20220301T000000Z")) == 3

    def test_a_cancelled_event_and_alarms_within_are_passed_over(self) -> None:
        assert self.read("DTSTART;VALUE=DATE:20260301", "STATUS:CANCELLED") == []
        alarm = ("BEGIN:VALARM", "TRIGGER:-PT15M", "DURATION:PT5M", "END:VALARM")
        assert self.read("DTSTART;VALUE=DATE:20260301", *alarm) == [("2026-03-01", "", ())]

    @pytest.mark.parametrize(
        ("lines", "says"),
        [
            (["SUMMARY:no start"], "line 2: an event without DTSTART"),
            (["DTSTART:20260231"], "line 3: '20260231' is neither"),
            (["DTSTART:20260301T090000"], "line 3: a timed event without DTEND"),
            (["DTSTART:20260301", "DTEND:20260301"], "line 4: the event ends before"),
            (["DTSTART:20260301", "DTEND:20260302T100000"], "line 4: .*not both"),
            (["DTSTART:20260301", "DURATION:tomorrow"], "line 4: .*P1D"),
            (["DTSTART:20260301", "RRULE:FREQ=WEEKLY"], "line 4: .*every year"),
            (["DTSTART:20260301", "RRULE:FREQ=YEARLY;BYDAY=1MO"], "line 4: .*every year"),
            (["DTSTART:20260301", "EXDATE:20270301"], "line 4: EXDATE"),
            (["DTSTART;TZID=Romance Standard Time:20260301T090000", "DURATION:PT1H"], "line 3: .*IANA"),
            (["what is this"], "line 3: 'what is this' is not NAME:value"),
            (["END:VTODO"], "line 3: END:VTODO closes nothing"),
        ],
    )
    def test_what_would_be_misread_is_refused_with_its_line(self, lines: list[str], says: str) -> None:
        with pytest.raises(CalendarError, match=says):
            self.read(*lines)

    def test_all_problems_at_once(self) -> None:
        text = ics("SUMMARY:no start") + ics("DTSTART:never")
        with pytest.raises(CalendarError, match=r"line 2: .*\nline 8: "):
            read_ics(text, "UTC")

    def test_a_file_that_stops_in_the_middle(self) -> None:
        with pytest.raises(CalendarError, match="line 2: BEGIN:VEVENT is never closed"):
            read_ics("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260301\n", "UTC")
