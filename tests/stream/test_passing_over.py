"""What a process does not heed costs nothing, and what it does heed is still heard once and in order."""

from dataclasses import replace

from shared.contracts.case import CaseStatusChanged, SupportReplied
from shared.contracts.clock import ClockMet, ClockWarned
from shared.contracts.envelope import Fact, Said
from shared.contracts.topics import CASES, CLOCKS
from shared.stream.codec import encode
from shared.stream.fold import Fold, arrival
from shared.stream.process import Process
from shared.stream.wire import Record
from tests.stream.conftest import DIARY, PARTITIONS, Diary

KEY = "acme/A-1"
WARNED = ClockWarned(clock="c", cycle=1, at=1, policy="p", warning="75 %", due=2)
MET = ClockMet(clock="c", cycle=1, at=1, policy="p", late=False, used=1)
LISTENER: Process[Diary] = replace(DIARY, hears=(CASES, CLOCKS), heeds=frozenset((WARNED.type,)))


def said(topic: str, sequence: int, data: Said) -> Record:
    return encode(Fact(KEY, sequence, data, "test", f"{topic}-{sequence}", topic, sequence), PARTITIONS)


def heard(process: Process[Diary], *records: Record) -> Fold[Diary]:
    fold = Fold(process, [], 10)
    fold.hear(arrival(record, process) for record in records)
    return fold


def test_a_case_of_which_nothing_was_heeded_has_no_row() -> None:
    fold = heard(LISTENER, said(CLOCKS, 1, MET), said(CASES, 1, SupportReplied()))
    assert (fold.result.rows, fold.result.passed_over) == ({}, 2)


def test_what_is_heeded_is_heard_once_and_what_lies_between_leaves_no_gap() -> None:
    met, first, second = said(CLOCKS, 1, MET), said(CLOCKS, 2, WARNED), said(CLOCKS, 4, WARNED)
    fold = heard(LISTENER, met, first, said(CLOCKS, 3, MET), second, first, second, met)
    assert fold.result.rows[KEY].state == Diary((WARNED.type, WARNED.type))
    assert (fold.result.duplicates, fold.result.gaps) == (2, [])


def test_a_topic_of_which_all_is_heeded_shows_its_gaps() -> None:
    fold = heard(DIARY, said(CASES, 1, SupportReplied()), said(CASES, 3, CaseStatusChanged(status="open")))
    assert fold.result.gaps == [f"{CASES} {KEY}: 1 then 3"]
