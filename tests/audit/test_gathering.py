"""Memory is bounded by the bucket, and the turns of a partition are checked as they pass."""

from pathlib import Path

import pytest

from cli.audit import buckets
from cli.audit.buckets import Buckets
from cli.audit.case import Verdict
from cli.audit.hearings import Hearings, RunsWriter
from cli.audit.turns import TurnsOfOne
from shared.ops.clock import RealClock
from shared.stream.records import Held, Kept
from shared.stream.turn import Run, Turn


def test_no_more_cases_are_held_at_once_than_a_bucket_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "FACTS_A_BUCKET", 100)
    cases, facts = 1000, 4000
    with Buckets(tmp_path, facts) as found:
        for number in range(facts):
            found.put(f"acme/{number % cases}", "number", ("intake", number))
        assert len(found) == 40
        sizes = [len(dossiers) for dossiers in found.dossiers()]
    assert sum(sizes) == cases
    assert max(sizes) < 3 * cases / 40
    assert list(tmp_path.iterdir()) == []


def test_a_case_is_in_one_bucket_with_all_that_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "FACTS_A_BUCKET", 1)
    with Buckets(tmp_path, 50) as found:
        for key in ("acme/1", "acme/2"):
            found.put(key, "number", ("intake", 1))
            found.put(key, "number", ("notifier", 2))
        dossiers = [one for some in found.dossiers() for one in some]
    assert {one.key: one.numbers for one in dossiers} == {
        key: {"intake": 1, "notifier": 2} for key in ("acme/1", "acme/2")
    }


def test_runs_are_walked_along_with_the_lane_also_where_a_turn_was_taken_again(tmp_path: Path) -> None:
    writer = RunsWriter(tmp_path, "clock", 0)
    for first, count, turn in ((0, 3, 1), (3, 2, 2), (3, 4, 3)):
        writer.write("cases", first, count, ("clock", turn, 10, 5, "u"))
    writer.close()
    hearings = Hearings(tmp_path, "clock", ("cases", 0))
    heard = [[(turn, place) for _, turn, place, _, _ in hearings.at(offset)] for offset in range(6)]
    assert heard == [[(1, 10)], [(1, 11)], [(1, 12)], [(2, 10), (3, 10)], [(2, 11), (3, 11)], [(3, 12)]]
    assert hearings.left(0) == 1  # the seventh is not on the wire
    assert hearings.left(0) == 1


def turns(tmp_path: Path, held: Held, *kept: Kept) -> Verdict:
    verdict = Verdict()
    with Buckets(tmp_path, 1) as found:
        one = TurnsOfOne(tmp_path, "clock", held, RealClock(), verdict)
        for each in kept:
            one.take(each, found)
        one.close()
    return verdict


def turn(number: int, first: int, count: int, epoch: int = 1, now: int = 5) -> Kept:
    return Kept(0, number, epoch, Turn(now, 5, "u", (Run("cases", first, count),)), ())


def held(turns: int, position: int, epoch: int = 1) -> Held:
    return Held(0, epoch, turns, held=True, positions={"cases": position})


def test_honest_turns_hold(tmp_path: Path) -> None:
    assert turns(tmp_path, held(2, 5, 2), turn(1, 0, 3), turn(2, 3, 2, epoch=2)).violations == []
    again = turns(tmp_path, held(3, 5), turn(1, 0, 3), turn(2, 3, 2), turn(3, 3, 2))
    assert again.violations == []
    assert again.notes["facts taken again after a commit of unknown fate"] == 2


@pytest.mark.parametrize(
    ("held", "kept", "wrong"),
    [
        (held(3, 5), (turn(1, 0, 3), turn(3, 3, 2)), "comes after turn 1: a gap"),
        (held(2, 5, 2), (turn(1, 0, 3, epoch=2), turn(2, 3, 2)), "epoch 1 after 2"),
        (held(2, 5), (turn(1, 0, 3), turn(2, 3, 2, epoch=2)), "epoch 2 beyond 1"),
        (held(2, 6), (turn(1, 0, 3), turn(2, 4, 2)), "heard cases from 4 on, and 3 was the next"),
        (held(2, 9), (turn(1, 0, 3), turn(2, 3, 2)), "cases is at 9, and was heard up to 5"),
        (held(3, 5), (turn(1, 0, 3), turn(2, 3, 2)), "3 turns were taken, 2 is the last"),
        (Held(0, 1, 1, held=True, positions={}), (turn(1, 0, 3),), "cases is at 0, and was heard up to 3"),
        (held(2, 5, 2), (turn(1, 0, 5), turn(2, 3, 2, epoch=2)), "heard cases from 3 on, and 5 was the next"),
        (held(1, 3), (turn(1, 0, 3, now=20_006),), "20001 µs before that instant"),
    ],
)
def test_turns_that_do_not_hold(tmp_path: Path, held: Held, kept: tuple[Kept, ...], wrong: str) -> None:
    assert any(wrong in one for one in turns(tmp_path, held, *kept).violations)
