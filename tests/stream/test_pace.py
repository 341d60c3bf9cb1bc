"""Who is busy waits a moment for more; nobody waits beyond what is due, or for long."""

from shared.contracts.instant import SECOND
from shared.stream.pace import BUSY, EACH, LONGEST_READER_REST, LONGEST_REST, Pace, reader_rest
from shared.stream.wire import Record
from tests.support.manual_clock import ManualClock


def pace_after(facts: int) -> tuple[Pace, ManualClock]:
    clock = ManualClock(0)
    pace = Pace(clock)
    pace.handled(facts)
    return pace, clock


async def test_after_a_turn_it_rests_the_longer_the_more_there_was_to_do() -> None:
    pace, clock = pace_after(facts=8)
    assert pace.rest(now=0, upcoming=None) == 8 * EACH / SECOND
    await clock.advance(5 * EACH)
    assert pace.rest(now=0, upcoming=None) == 3 * EACH / SECOND
    await clock.advance(5 * EACH)
    assert pace.rest(now=0, upcoming=None) == 0


def test_after_a_turn_for_what_was_due_alone_it_does_not_rest() -> None:
    pace, _ = pace_after(facts=0)
    assert pace.rest(now=0, upcoming=None) == 0


def test_it_never_rests_for_long() -> None:
    pace, _ = pace_after(facts=100_000)
    assert pace.rest(now=0, upcoming=None) == LONGEST_REST / SECOND


def test_it_rests_until_what_is_due_next_at_most() -> None:
    pace, _ = pace_after(facts=8)
    assert pace.rest(now=100, upcoming=2_100) == 0.002
    assert pace.rest(now=100, upcoming=100) == 0


async def test_where_much_comes_what_is_due_waits_for_the_end_of_the_rest() -> None:
    pace, clock = pace_after(facts=BUSY)
    assert pace.rest(now=0, upcoming=100) == LONGEST_REST / SECOND
    await clock.advance(SECOND)
    pace.handled(8)
    assert pace.rest(now=0, upcoming=100) == 0.0001


def test_before_its_first_turn_it_rests_not_at_all() -> None:
    assert Pace(ManualClock(0)).rest(now=0, upcoming=None) == 0


def test_the_reader_rests_the_longer_the_more_it_brought() -> None:
    record = Record("cases", 0, "acme/A-1", (), b"{}")
    assert reader_rest([]) == 0
    assert reader_rest([record]) < reader_rest([record] * 10) < reader_rest([record] * 100)
    assert reader_rest([record] * 2000) == LONGEST_READER_REST
