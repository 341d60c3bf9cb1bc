"""The bench that says how late things are would see what must not be."""

from collections.abc import Sequence

from bench.lateness import Told, row
from bench.report import quantiles, table
from bench.timers import SECOND, Load

LOAD = Load(open=1000, rate=50, warm=2, seconds=4, start=1_800_000_000 * SECOND)
DUE = LOAD.instants()
COUNTED = [number for number, at in enumerate(DUE) if LOAD.counts_from <= at < LOAD.end]


def told(late: int = 3000) -> list[Told]:
    soon = [number for number, at in enumerate(DUE) if at < LOAD.end]
    return [Told(number, DUE[number], DUE[number] + late, DUE[number] + 1000) for number in soon]


def measured(told: Sequence[Told]) -> dict[str, object]:
    used = {"fsyncs": 100.0, "fsync ms": 150.0, "WAL bytes": 1e6, "client": 1.0, "server": 2.0}
    return row("somebody", LOAD, DUE, told, used)


def test_as_many_fall_due_as_the_rate_says() -> None:
    assert sum(LOAD.start <= at < LOAD.end for at in DUE) == 50 * 6
    assert min(at for at in DUE if at >= LOAD.end) >= LOAD.end + 60 * SECOND


def test_all_in_time() -> None:
    found = measured(told())
    assert (found["not done"], found["early"], found["twice"]) == (0, 0, 0)
    assert (found["committed p50 ms"], found["committed p99 ms"], found["called p50 ms"]) == (3, 3, 1)


def test_what_is_early_is_seen() -> None:
    number = COUNTED[0]
    early = Told(number, DUE[number], DUE[number] - 1)
    assert measured([early, *(each for each in told() if each.number != number)])["early"] == 1


def test_who_is_not_due_for_weeks_is_early_too() -> None:
    number = next(number for number, at in enumerate(DUE) if at >= LOAD.end)
    assert measured([*told(), Told(number, DUE[number], LOAD.end, LOAD.end)])["early"] == 1


def test_what_is_done_twice_is_seen() -> None:
    assert measured([*told(), told()[0]])["twice"] == 1


def test_what_is_missing_is_seen() -> None:
    called_only = Told(COUNTED[0], DUE[COUNTED[0]], None, DUE[COUNTED[0]] + 1)
    left_out = COUNTED[:2]
    found = measured([called_only, *(each for each in told() if each.number not in left_out)])
    assert found["not done"] == 2


def test_one_done_twice_does_not_stand_for_one_that_is_missing() -> None:
    others = [each for each in told() if each.number != COUNTED[0]]
    again = [each for each in others if each.number in COUNTED]
    found = measured([*others, *again])
    assert (found["not done"], found["twice"]) == (1, len(COUNTED) - 1)


def test_a_hundredth_is_late() -> None:
    assert quantiles([1.0] * 98 + [50.0, 60.0]) == {"p50": 1.0, "p99": 50.0, "max": 60.0}


def test_a_table_leaves_out_what_nobody_has() -> None:
    assert table([{"": "a", "x": 1, "y": None}, {"": "b", "x": 2000, "y": None}]) == (
        "|    |     x |\n| -- | ----: |\n| a  |     1 |\n| b  | 2,000 |"
    )
