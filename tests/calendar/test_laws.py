"""What holds of every calendar, and an oracle that steps through wall-clock time minute by minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar import pauses
from shared.calendar.calendar import Calendar
from shared.calendar.holidays import Holiday
from shared.calendar.hours import WEEKDAYS
from shared.calendar.instants import DAY, HOUR, MINUTE, Instant, instant
from shared.calendar.intervals import length, union

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Copenhagen",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
)
ODD_ZONES = (*ZONES, "America/Santiago", "Pacific/Apia", "Africa/Casablanca")

law = settings(deadline=None, max_examples=60)

# Around the clock changes of 2026 in both hemispheres, and anywhere from 2025 to 2028.
CHANGES = [
    instant(datetime(2026, month, day, tzinfo=UTC))
    for month, day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1))
]
instants = st.one_of(
    st.sampled_from(CHANGES).flatmap(lambda t: st.integers(t - 3 * DAY, t + 3 * DAY)),
    st.integers(instant(datetime(2025, 1, 1, tzinfo=UTC)), instant(datetime(2028, 1, 1, tzinfo=UTC))),
)
amounts = st.one_of(
    st.integers(0, 100), st.integers(0, 200 * HOUR), st.integers(0, 60).map(lambda n: n * HOUR)
)


def clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


@st.composite
def hours(draw: st.DrawFn, first: int, last: int) -> tuple[str, str]:
    """An opening and a closing, in quarters of an hour from `first` on; the closing may be next day's."""
    opening = draw(st.integers(first, 95))
    closing = draw(st.one_of(st.integers(max(opening + 1, first), 96), st.integers(first, last)))
    return clock(opening), clock(closing)


@st.composite
def calendars(
    draw: st.DrawFn, first: int = 0, zones: tuple[str, ...] = ODD_ZONES
) -> tuple[Calendar, dict[str, object]]:
    zone = draw(st.sampled_from(zones))
    week = draw(
        st.dictionaries(
            st.sampled_from(WEEKDAYS), st.lists(hours(first, 95), min_size=1, max_size=3), min_size=1
        )
    )
    dates = st.one_of(
        st.sampled_from(CHANGES).flatmap(
            lambda t: st.integers(-3, 3).map(lambda n: EPOCH_DAY + timedelta(days=t // DAY + n))
        ),
        st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    )
    closed = draw(st.sets(dates, max_size=6))
    shifts = draw(st.dictionaries(dates, st.lists(hours(first, 95), max_size=2), max_size=2))
    calendar = Calendar.build(zone, week, [Holiday(day) for day in closed], shifts=shifts)
    return calendar, {"zone": zone, "week": week, "closed": closed, "shifts": shifts}


EPOCH_DAY = date(1970, 1, 1)
any_calendar = st.one_of(calendars().map(lambda made: made[0]), st.just(Calendar.always()))


@law
@given(any_calendar, instants, amounts)
def test_add_and_elapsed_invert(calendar: Calendar, t: Instant, amount: int) -> None:
    due = calendar.add(t, amount)
    assert calendar.elapsed(t, due) == amount
    if amount:
        assert calendar.elapsed(t, due - 1) == amount - 1, "the due is the earliest such instant"


@law
@given(any_calendar, instants, amounts)
def test_exceeded_just_after(calendar: Calendar, t: Instant, amount: int) -> None:
    after = calendar.first_after(t, amount)
    assert calendar.elapsed(t, after) == amount
    assert calendar.elapsed(t, after + 1) == amount + 1
    assert after >= calendar.add(t, amount)
    assert calendar.is_open(after)


@law
@given(any_calendar, instants, amounts)
def test_back_is_the_mirror_image(calendar: Calendar, t: Instant, amount: int) -> None:
    start = calendar.add(t, -amount)
    assert calendar.elapsed(start, t) == amount
    if amount:
        assert calendar.elapsed(start + 1, t) == amount - 1, "the start is the latest such instant"


@law
@given(any_calendar, instants, instants, instants)
def test_elapsed_is_additive(calendar: Calendar, a: Instant, b: Instant, c: Instant) -> None:
    assert calendar.elapsed(a, b) + calendar.elapsed(b, c) == calendar.elapsed(a, c)
    assert calendar.elapsed(a, b) == -calendar.elapsed(b, a)
    assert 0 <= calendar.elapsed(min(a, b), max(a, b)) <= abs(b - a)


@law
@given(any_calendar, instants, amounts, amounts)
def test_two_budgets_are_one(calendar: Calendar, t: Instant, x: int, y: int) -> None:
    assert calendar.add(calendar.add(t, x), y + 1) == calendar.add(t, x + y + 1)


@law
@given(any_calendar, instants, instants, amounts, amounts)
def test_later_or_more_is_never_due_earlier(
    calendar: Calendar, t: Instant, u: Instant, x: int, y: int
) -> None:
    assert calendar.add(min(t, u), x) <= calendar.add(max(t, u), x)
    assert calendar.add(t, min(x, y)) <= calendar.add(t, max(x, y))
    assert calendar.first_after(min(t, u), x) <= calendar.first_after(max(t, u), x)


@law
@given(any_calendar, instants, st.integers(0, 40 * DAY))
def test_intervals_are_what_elapsed_counts(calendar: Calendar, a: Instant, span: int) -> None:
    found = list(calendar.intervals(a, a + span))
    assert length(found) == calendar.elapsed(a, a + span)
    assert all(left[1] < right[0] for left, right in pairwise(found))
    for start, end in found:
        assert a <= start < end <= a + span
        assert calendar.is_open(start)
        assert calendar.is_open(end - 1)
        assert end == a + span or (calendar.next_close(start) == end and not calendar.is_open(end))


@law
@given(any_calendar, instants)
def test_openings_and_closings(calendar: Calendar, t: Instant) -> None:
    opening, closing = calendar.next_open(t), calendar.previous_close(t)
    assert closing <= t <= opening
    assert calendar.elapsed(closing, opening) == 0
    assert calendar.is_open(opening)
    assert calendar.is_open(closing - 1)
    assert (opening == t) == calendar.is_open(t)


@law
@given(calendars(), st.lists(st.tuples(instants, amounts), min_size=1, max_size=8))
def test_answers_do_not_depend_on_earlier_questions(
    made: tuple[Calendar, dict[str, object]], questions: list[tuple[Instant, int]]
) -> None:
    asked = made[0]
    for t, amount in [*questions, *questions]:  # the second time by short cut
        fresh = Calendar(asked.schedule)
        assert asked.add(t, amount) == fresh.add(t, amount)
        assert asked.elapsed(t, t + amount) == fresh.elapsed(t, t + amount)
        assert asked.first_after(t, amount) == fresh.first_after(t, amount)


@law
@given(calendars(), instants)
def test_a_window_may_be_cut_anywhere(made: tuple[Calendar, dict[str, object]], a: Instant) -> None:
    rules, b = made[0].schedule, a + 8 * DAY
    whole = rules.open_between(a, b)
    for start, end in whole:
        for cut in (start, (start + 9 * end) // 10, end):
            assert union(rules.open_between(a, cut) + rules.open_between(cut, b)) == whole


spans = st.lists(st.tuples(instants, st.integers(0, 20 * DAY)).map(lambda s: (s[0], s[0] + s[1])), max_size=5)


@law
@given(any_calendar, instants, st.integers(0, 60 * DAY), spans)
def test_pauses_partition_time(
    calendar: Calendar, a: Instant, span: int, paused: list[tuple[int, int]]
) -> None:
    b = a + span
    counted, credited = pauses.elapsed(calendar, a, b, paused), pauses.paused(calendar, a, b, paused)
    assert counted + credited == calendar.elapsed(a, b)
    assert counted >= 0
    assert credited >= 0
    assert pauses.elapsed(calendar, a, b, [*paused, *paused]) == counted, "overlaps count once"


@law
@given(any_calendar, instants, amounts, spans)
def test_a_due_with_pauses_is_the_earliest(
    calendar: Calendar, t: Instant, amount: int, paused: list[tuple[int, int]]
) -> None:
    due = pauses.add(calendar, t, amount, paused)
    assert pauses.elapsed(calendar, t, due, paused) == amount
    if amount:
        assert pauses.elapsed(calendar, t, due - 1, paused) == amount - 1
    after = pauses.first_after(calendar, t, amount, paused)
    assert pauses.elapsed(calendar, t, after, paused) == amount
    assert pauses.elapsed(calendar, t, after + 1, paused) == amount + 1


@law
@given(calendars(), calendars(), instants, st.integers(0, 30 * DAY))
def test_two_calendars_add_up(
    one: tuple[Calendar, dict[str, object]], two: tuple[Calendar, dict[str, object]], a: Instant, span: int
) -> None:
    left, right = one[0], two[0]
    of_left, of_right = left.elapsed(a, a + span), right.elapsed(a, a + span)
    either = left.union(right).elapsed(a, a + span)
    both = length(
        (max(x, v), min(y, w))
        for x, y in left.intervals(a, a + span)
        for v, w in right.intervals(a, a + span)
        if max(x, v) < min(y, w)
    )
    assert of_left + of_right == either + both


# The oracle knows zones in one direction only (UTC to local) and looks at every minute. It disagrees by
# design about hours that begin or end inside a changed hour, so its calendars keep clear of 00:15 to 03:45.


def wall_open(made: dict[str, object], t: Instant) -> bool:
    wall = datetime.fromtimestamp(t // 1_000_000, UTC).astimezone(ZoneInfo(str(made["zone"])))
    of_day = wall.hour * 60 + wall.minute

    def worked(day: date) -> list[tuple[int, int]]:
        shifts, week, closed = made["shifts"], made["week"], made["closed"]
        assert isinstance(shifts, dict)
        assert isinstance(week, dict)
        assert isinstance(closed, set)
        pairs = (
            shifts[day] if day in shifts else [] if day in closed else week.get(WEEKDAYS[day.weekday()], [])
        )
        minutes = [tuple(int(text[:2]) * 60 + int(text[3:]) for text in pair) for pair in pairs]
        return [(start, end if end > start else end + 1440) for start, end in minutes]

    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    return any(start <= of_day < end for start, end in worked(today)) or any(
        start <= of_day + 1440 < end for start, end in worked(yesterday)
    )


@law
@given(calendars(first=16, zones=ZONES), instants, st.integers(1, 5 * 1440))
def test_minute_by_minute(made: tuple[Calendar, dict[str, object]], t: Instant, minutes: int) -> None:
    calendar, said = made
    t -= t % MINUTE
    raster = [wall_open(said, t + i * MINUTE) for i in range(minutes)]
    assert [calendar.is_open(t + i * MINUTE) for i in range(minutes)] == raster
    assert calendar.elapsed(t, t + minutes * MINUTE) == sum(raster) * MINUTE
    for budget in {1, sum(raster) // 2, sum(raster)} - {0}:
        if budget <= sum(raster):
            reached = next(i for i in range(minutes) if sum(raster[: i + 1]) == budget)
            assert calendar.add(t, budget * MINUTE) == t + (reached + 1) * MINUTE
