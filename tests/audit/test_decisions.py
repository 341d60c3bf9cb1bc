"""Deciding again finds the very same, and whatever is not the same is found."""

from collections.abc import Iterator

import pytest

from cli.audit.checks.decisions import parked_is_known, said_again, states_again
from cli.audit.dossier import Horizon, OnWire
from shared.contracts.topics import CASES, CLOCKS
from shared.stream.fold import Stored
from tests.audit.story import HERE, HOUR, START, Life, altered, broken

CHECKS = (states_again, said_again, parked_is_known)


@pytest.fixture(autouse=True)
def _broken() -> Iterator[None]:
    yield
    broken.clear()
    broken.add("poison")


def holds(life: Life) -> None:
    for check in CHECKS:
        verdict = check(life.case())
        assert verdict.violations == []
        assert not verdict.notes


def test_an_honest_life_holds() -> None:
    life = Life().hears("a", "wake").wakes(START + HOUR).hears("b")
    holds(life)
    assert states_again(life.case()).checked == 1
    assert said_again(life.case()).checked == 4


def test_a_dead_letter_and_what_waits_behind_it() -> None:
    life = Life().hears("wake", "poison").hears("behind").wakes(START + HOUR)
    assert len(life.dossier.letters["clock"]) == 2
    holds(life)
    broken.clear()  # a mended release decides again: it failed then, and that is on record
    holds(life)
    life.granted("replay")
    assert life.dossier.letters["clock"] == []
    holds(life)


def test_a_dead_letter_discarded_and_one_that_fails_again() -> None:
    life = Life().hears("poison", "a", "poison", "b").granted("discard")
    assert len(life.dossier.letters["clock"]) == 2
    holds(life)
    broken.clear()
    holds(life)


def test_time_that_failed_to_be_decided() -> None:
    """`wake_at` stays in the past and nothing is said: the fold calls that a bug."""
    life = Life().hears("wake")
    life.dossier.happened["clock"].clear()
    holds(life.wakes(START + HOUR))


def test_a_state_with_another_text() -> None:
    life = Life().hears("a", "b")
    stored = life.dossier.states["clock"]
    life.dossier.states["clock"] = stored._replace(body=str(stored.body).replace("b", "c"))
    [wrong] = states_again(life.case()).violations
    assert wrong.startswith("clock: state is …")


@pytest.mark.parametrize("column", ["version", "wake_at", "thread"])
def test_another_column_differs(column: str) -> None:
    life = Life().hears("a", "b")
    changed = {"version": 9, "wake_at": 9, "thread": '{"said":2}'}[column]
    stored = life.dossier.states["clock"]._asdict()
    life.dossier.states["clock"] = Stored(**{**stored, column: changed})
    assert any(f"clock: {column} is" in wrong for wrong in states_again(life.case()).violations)


def test_a_state_that_is_gone() -> None:
    life = Life().hears("a")
    del life.dossier.states["clock"]
    assert states_again(life.case()).violations == ["clock: it was decided on, and there is no state"]


def test_something_said_that_nothing_decides_and_something_decided_that_was_not_said() -> None:
    life = Life().hears("a", "b")
    life.dossier.wire[CLOCKS].pop()
    assert "was never said" in said_again(life.case()).violations[0]
    life = Life().hears("a")
    one = life.dossier.wire[CLOCKS][0]
    life.dossier.wire[CLOCKS][0] = OnWire(altered(one.record, value=b"{}"), ())
    assert "is not what turn 1 decides" in said_again(life.case()).violations[0]
    life = Life().hears("a", "b")
    del life.dossier.wire[CASES][1]  # and so nothing heard decides the second
    assert any("nothing heard decides it" in wrong for wrong in said_again(life.case()).violations)


def test_a_lost_dead_letter_and_one_without_a_cause() -> None:
    life = Life().hears("poison", "behind")
    lost = life.dossier.letters["clock"].pop()
    assert any("lost" in wrong for wrong in parked_is_known(life.case()).violations)
    life = Life().hears("a")
    life.dossier.letters["clock"] = [lost]
    assert any("goes on" in wrong for wrong in parked_is_known(life.case()).violations)
    assert any("without a cause" in wrong for wrong in parked_is_known(life.case()).violations)


def test_a_failure_that_is_not_on_record() -> None:
    life = Life().hears("poison")
    life.dossier.happened["clock"].clear()
    assert any("was decided, and fails now" in wrong for wrong in states_again(life.case()).violations)


def test_what_was_decided_under_other_policies_is_said_to_be_not_folded() -> None:
    life = Life().hears("a")
    [(record, [moment])] = life.dossier.wire[CASES]
    life.dossier.wire[CASES] = [OnWire(record, (moment._replace(under="another's"),))]
    verdict = states_again(life.case())
    assert verdict.violations == []
    assert any("another's" in note and note.endswith("not folded") for note in verdict.notes)


def test_what_began_before_the_wire_does_is_said_to_be_not_folded() -> None:
    life = Life().hears("a", "b")
    del life.dossier.wire[CASES][0]
    cut = Horizon(4, floors={(CASES, HERE): 1})
    verdict = states_again(life.case(cut))
    assert verdict.violations == []
    assert [note for note in verdict.notes if "began before" in note]
    assert states_again(life.case()).violations  # and were nothing cut off, it would be a violation
