"""An hour is judged by its curves: what is kept of it, too."""

from bench.figures import read
from bench.soak import Watched, judge

HOUR = [60.0 * minute for minute in range(61)]


def test_the_kept_hour_is_what_its_curves_say() -> None:
    kept = read("soak")
    assert kept is not None
    curves = {name: [(at, value) for at, value in points] for name, points in kept["curves"].items()}
    assert judge(Watched(curves)) == kept["rows"]
    assert kept["met"] == all(row["flat"] == "flat" for row in kept["rows"])


def test_dead_rows_of_a_table_that_grows_may_grow_with_it_and_no_faster() -> None:
    def judged(dead_a_mb: float) -> str:
        size = [(at, 1 + at / 60) for at in HOUR]
        dead = [(at, (100 + dead_a_mb * at / 60) * mb) for at, mb in size]
        curves = {"clock.state: MB": size, "clock.state: dead rows": dead}
        [row] = judge(Watched(curves))
        return str(row["flat"])

    assert (judged(0), judged(1)) == ("flat", "NOT FLAT")


def test_memory_that_grows_is_not_flat() -> None:
    rows = judge(Watched({"clock: MB resident": [(at, 200 + at / 60) for at in HOUR]}))
    assert [row["flat"] for row in rows] == ["NOT FLAT"]
