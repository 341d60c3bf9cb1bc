"""Each check on facts holds of an honest life, and has been seen red."""

import pytest

from cli.audit.checks.facts import accepted_once, in_order, said_is_decided
from cli.audit.checks.hearing import said_is_heard
from cli.audit.dossier import Horizon, Moment, OnWire
from shared.contracts.topics import CASES, CLOCKS
from shared.stream.states import write_thread
from tests.audit.story import HERE, KEY, START, Life, altered, journalled, said


@pytest.fixture
def life() -> Life:
    """Three facts, all in the journal."""
    life = Life().hears("s1", "s2").hears("s3")
    life.dossier.journal = [journalled(number) for number in (1, 2, 3)]
    return life


def test_an_honest_life_holds(life: Life) -> None:
    for check, checked in ((accepted_once, 3), (in_order, 6), (said_is_decided, 6)):
        verdict = check(life.case())
        assert (verdict.violations, verdict.checked) == ([], checked)


def test_an_event_that_became_no_fact(life: Life) -> None:
    life.dossier.journal.append(journalled(4))
    [wrong] = accepted_once(life.case()).violations
    assert wrong == "event 'e4' of 'desk' (journal 4) became 0 facts: []"


def test_a_fact_that_is_in_no_journal(life: Life) -> None:
    life.dossier.journal.pop()
    [wrong] = accepted_once(life.case()).violations
    assert f"cases-3 (cases {HERE}/2): no event 'e3' of 'desk'" in wrong


def test_an_event_that_became_two_facts(life: Life) -> None:
    record = life.dossier.wire[CASES][0].record
    life.dossier.wire[CASES].append(OnWire(altered(record, offset=9, sequence="0000000004"), ()))
    assert any("became 2 facts: [1, 4]" in wrong for wrong in accepted_once(life.case()).violations)


def test_a_fact_with_another_content(life: Life) -> None:
    life.dossier.journal[1] = journalled(2, "other")
    assert "does not say what the journal has" in accepted_once(life.case()).violations[0]


def test_a_journal_that_is_no_event(life: Life) -> None:
    life.dossier.journal[1] = journalled(2, event="{}")
    assert "the journal's text is no event" in accepted_once(life.case()).violations[0]


def test_numbers_against_the_order_of_the_journal(life: Life) -> None:
    life.dossier.journal[:2] = [journalled(1, position=2), journalled(2, position=1)]
    assert "and one before it cases-2" in accepted_once(life.case()).violations[0]


def test_a_gap_and_an_exchange(life: Life) -> None:
    one, two, three = life.dossier.wire[CASES]
    life.dossier.wire[CASES] = [one, three]
    assert "comes after cases-1: a gap" in in_order(life.case()).violations[0]
    life.dossier.wire[CASES] = [one, three, two]
    assert len(in_order(life.case()).violations) == 1


def test_a_repetition_is_counted_and_must_be_the_same(life: Life) -> None:
    first = life.dossier.wire[CASES][0].record
    life.dossier.wire[CASES].append(OnWire(altered(first, offset=3), ()))
    verdict = in_order(life.case())
    assert verdict.violations == []
    assert verdict.notes["facts published again"] == 1
    life.dossier.wire[CASES].append(OnWire(altered(first, offset=4, value=b"{}"), ()))
    assert "differ under one number" in in_order(life.case()).violations[0]


def test_a_fact_outside_its_partition(life: Life) -> None:
    record = life.dossier.wire[CASES][2].record
    strange = type(record)(CASES, (HERE + 1) % 4, KEY, record.headers, record.value, 0)
    life.dossier.wire[CASES][2] = OnWire(strange, ())
    assert "lies outside its partition" in in_order(life.case()).violations[0]


def test_what_the_outbox_has_is_said(life: Life) -> None:
    last = life.dossier.wire[CLOCKS].pop()
    assert "clocks-3 was decided, and is not on the wire" in said_is_decided(life.case()).violations[0]
    life.dossier.outbox[CLOCKS].append(last.record)
    assert said_is_decided(life.case()).violations == []


def test_what_nobody_decided(life: Life) -> None:
    life.dossier.outbox[CLOCKS].append(said(CLOCKS, 7, "clock.warned").record)
    assert "was never decided" in said_is_decided(life.case()).violations[0]


def test_a_fact_after_the_snapshot_is_not_judged_unless_it_was_heard_before_it(life: Life) -> None:
    later = said(CLOCKS, 4, "clock.warned")
    life.dossier.wire[CLOCKS].append(later)
    verdict = said_is_decided(life.case())
    assert verdict.violations == []
    assert verdict.notes["facts said after the snapshot"] == 1
    heard = Moment("escalation", 1, 0, START, "")
    life.dossier.wire[CLOCKS][-1] = OnWire(later.record, (heard,))
    assert "was heard, and was never decided" in said_is_decided(life.case()).violations[0]


def test_what_retention_has_cut_off_is_not_missed(life: Life) -> None:
    del life.dossier.wire[CASES][0]
    cut = Horizon(4, floors={(CASES, HERE): 1})
    for check in (accepted_once, in_order, said_is_decided):
        assert check(life.case(cut)).violations == []
    assert accepted_once(life.case(cut)).notes["facts that the wire no longer has"] == 1


def test_what_lies_below_the_positions_was_heard(life: Life) -> None:
    behind, ahead = (Horizon(4, positions={("clock", CASES, HERE): position}) for position in (2, 4))
    for horizon, checked in ((Horizon(4), 0), (behind, 2), (ahead, 3)):
        verdict = said_is_heard(life.case(horizon))
        assert (verdict.violations, verdict.checked) == ([], checked)
    last = life.dossier.wire[CASES][-1].record
    life.dossier.wire[CASES].append(OnWire(altered(last, offset=3, id="e4", sequence="0000000004"), ()))
    no_turn, no_number = said_is_heard(life.case(ahead)).violations
    assert no_turn.endswith("is in no turn, and its position is 4")
    assert no_number.endswith("was passed over, its position is 4")
    assert said_is_heard(life.case(behind)).violations == []


def test_a_number_that_is_missed_was_not_heard(life: Life) -> None:
    life.row.thread.heard[CASES].missing.append(2)
    life.dossier.states["clock"] = life.dossier.states["clock"]._replace(thread=write_thread(life.row.thread))
    here = Horizon(4, positions={("clock", CASES, HERE): 3})
    [wrong] = said_is_heard(life.case(here)).violations
    assert "cases-2" in wrong


def test_a_service_that_never_heard_of_the_case_has_passed_over_what_it_heeds(life: Life) -> None:
    """Escalation does not keep numbers of all cases' facts; one that was heard before turns were recorded."""
    lane = "escalation", CASES, HERE
    recorded = Horizon(4, positions={lane: 3}, recorded={lane: 3})
    assert len(said_is_heard(life.case(recorded)).violations) == 3
    for place, one in enumerate(life.dossier.wire[CASES]):
        life.dossier.wire[CASES][place] = OnWire(altered(one.record, type="customer.replied"), ())
    assert said_is_heard(life.case(recorded)).violations == []


def test_what_cannot_be_read_cannot_be_noted(life: Life) -> None:
    last = life.dossier.wire[CASES][-1]
    garbled = altered(last.record, offset=3, value=b"{", id="e4", sequence="0000000004")
    life.dossier.wire[CASES].append(OnWire(garbled, last.heard))
    here = Horizon(4, positions={("clock", CASES, HERE): 4})
    assert said_is_heard(life.case(here)).violations == []
