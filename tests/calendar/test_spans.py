import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar.errors import CalendarError
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND
from shared.calendar.spans import Span


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("90s", 90 * SECOND),
        ("30 min", 30 * MINUTE),
        ("2h", 2 * HOUR),
        ("1h 30m", 90 * MINUTE),
        ("1.5 hours", 90 * MINUTE),
        ("0.1s", SECOND // 10),
        ("3 days", 3 * DAY),
        ("1 week", 7 * DAY),
        ("0s", 0),
    ],
)
def test_spans(text: str, microseconds: int) -> None:
    assert Span.parse(text) == Span(microseconds=microseconds)


@pytest.mark.parametrize(
    ("text", "days"), [("1 business day", 1), ("90 business days", 90), (" 2 Working Days ", 2)]
)
def test_business_days(text: str, days: int) -> None:
    assert Span.parse(text) == Span(business_days=days)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1 month", Span(months=1)),
        ("3 calendar months", Span(months=3)),
        ("1 calendar week", Span(days=7)),
        ("2 calendar days", Span(days=2)),
    ],
)
def test_dates(text: str, span: Span) -> None:
    assert Span.parse(text) == span
    assert Span.parse(str(span)) == span


@pytest.mark.parametrize(
    "text", ["", " ", "2", "h", "2 fortnights", "1 month 2h", "-2h", "2h and a bit", "1 business day 2h"]
)
def test_what_is_no_span_hears_how_to_write_one(text: str) -> None:
    with pytest.raises(CalendarError, match="write 30 min, 2h"):
        Span.parse(text)


@given(st.integers(0, 10**15))
def test_a_span_reads_back_as_written(microseconds: int) -> None:
    assert Span.parse(str(Span(microseconds=microseconds))) == Span(microseconds=microseconds)
