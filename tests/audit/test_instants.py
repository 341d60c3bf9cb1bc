"""Never early, never missed, never twice: each check has been seen red."""

from cli.audit.checks.instants import nothing_early, nothing_overdue, one_breach_a_cycle
from cli.audit.dossier import Horizon
from shared.contracts.topics import CLOCKS
from tests.audit.story import HERE, HOUR, START, Life, said


def test_what_is_said_before_its_instant() -> None:
    honest = nothing_early(Life().hears("a").case())
    assert (honest.violations, honest.checked) == ([], 1)
    [wrong] = nothing_early(Life().hears("early").case()).violations
    assert "(turn 1)" in wrong
    assert "clocks-1" in wrong


def test_what_answers_a_fact_that_is_dated_ahead_is_not_early() -> None:
    assert nothing_early(Life().hears("a", ahead=HOUR).case()).violations == []
    assert nothing_early(Life().hears("early", ahead=HOUR).case()).violations


def test_what_is_due_and_not_called() -> None:
    life = Life().hears("wake")
    held = frozenset({("clock", HERE)})
    for late, missed in ((0, False), (HOUR // 2, False), (HOUR, True)):
        horizon = Horizon(4, waiting=held, now=START + HOUR + late, patience=HOUR // 2)
        assert bool(nothing_overdue(life.case(horizon)).violations) is missed
    alone = Horizon(4, now=START + 3 * HOUR, patience=HOUR)
    verdict = nothing_overdue(life.case(alone))
    assert verdict.violations == []
    assert verdict.notes.total() == 1


def test_a_second_breach_unless_the_first_was_retracted() -> None:
    def breaches(*kinds: tuple[str, int, str]) -> int:
        life = Life()
        life.dossier.wire[CLOCKS] = [
            said(CLOCKS, number, kind, clock="resolution", cycle=cycle, what=what)
            for number, (kind, cycle, what) in enumerate(kinds, 1)
        ]
        return len(one_breach_a_cycle(life.case()).violations)

    breach, retracted = ("clock.breached", 1, ""), ("clock.retracted", 1, "breached")
    assert breaches(breach, ("clock.breached", 2, "")) == 0
    assert breaches(breach, retracted, breach) == 0
    assert breaches(breach, breach) == 1
    assert breaches(breach, ("clock.retracted", 1, "warned"), breach) == 1
