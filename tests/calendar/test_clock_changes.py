"""Spring, autumn, odd offsets, and dates that never were."""

from datetime import date

from shared.calendar.calendar import Calendar
from shared.calendar.instants import DAY, HOUR, MINUTE
from tests.support.local_times import at, said


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
