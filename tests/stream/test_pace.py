"""Who is busy waits a moment for more; nobody waits beyond what is due, or for long."""

from shared.contracts.instant import SECOND
from shared.stream.pace import LONGEST_READER_REST, LONGEST_REST, Pace, reader_rest
from shared.stream.wire import Record
from tests.support.manual_clock import ManualClock


async def pace_after_a_turn_of(micros: int) -> tuple[Pace, ManualClock]:
    clock = ManualClock(0)
    pace = Pace(clock)
    with pace.turn():
        await clock.advance(micros)
    return pace, clock


async def test_after_a_turn_it_rests_for_as_long_as_the_turn_took() -> None:
    pace, clock = await pace_after_a_turn_of(8_000)
    assert pace.rest(now=0, upcoming=None) == 0.008
    await clock.advance(5_000)
    assert pace.rest(now=0, upcoming=None) == 0.003
    await clock.advance(5_000)
    assert pace.rest(now=0, upcoming=None) == 0


async def test_it_never_rests_for_long() -> None:
    pace, _ = await pace_after_a_turn_of(10 * SECOND)
    assert pace.rest(now=0, upcoming=None) == LONGEST_REST / SECOND


async def test_it_rests_until_what_is_due_next_at_most() -> None:
    pace, _ = await pace_after_a_turn_of(8_000)
    assert pace.rest(now=100, upcoming=2_100) == 0.002
    assert pace.rest(now=100, upcoming=100) == 0


def test_before_its_first_turn_it_rests_not_at_all() -> None:
    assert Pace(ManualClock(0)).rest(now=0, upcoming=None) == 0


def test_the_reader_rests_the_longer_the_more_it_brought() -> None:
    record = Record("cases", 0, "acme/A-1", (), b"{}")
    assert reader_rest([]) == 0
    assert reader_rest([record]) < reader_rest([record] * 10) < reader_rest([record] * 100)
    assert reader_rest([record] * 2000) == LONGEST_READER_REST
