"""Virtual time: the order in which facts and instants reach several processes, with toy ones."""

from dataclasses import replace
from typing import Any

import pytest

from cli.simulation.play import PlayFailed, play
from shared.contracts.case import CaseOpened, CaseResolved
from shared.contracts.clock import ClockBreached, ClockMet
from shared.contracts.decision import Decision, Heard, Saying, Wake
from shared.contracts.envelope import Fact, Said
from shared.contracts.topics import CASES, CLOCKS
from shared.stream.process import Process

KEY = "demo/A"
CLOCK: dict[str, Any] = {"clock": "resolution", "cycle": 1, "policy": "toy@2016-01-01"}


def fact(sequence: int, time: int, data: Said) -> Fact:
    return Fact(KEY, time, data, source="desk", id=str(sequence), topic=CASES, sequence=sequence)


def promise(state: int | None, heard: Heard, now: int) -> Decision[int]:
    """Ten µs to resolve; at the eleventh it is late. State: the due instant, 0 when it is over."""
    if isinstance(heard, Wake):
        return Decision(0, (Saying(ClockBreached(at=now, due=now - 1, **CLOCK), now),))
    if isinstance(heard.data, CaseOpened):
        return Decision(heard.time + 10, wake_at=heard.time + 11)
    if isinstance(heard.data, CaseResolved) and state:
        return Decision(0, (Saying(ClockMet(at=now, due=state, late=False, used=0, **CLOCK), now),))
    return Decision(state or 0)


def listener(state: list[str] | None, heard: Heard, now: int) -> Decision[list[str]]:
    assert isinstance(heard, Fact)
    return Decision([*(state or []), f"{now} {heard.type}"])


TOY = (
    Process("clock", (CASES,), CLOCKS, int, promise),
    Process("listener", (CASES, CLOCKS), "nothing", list, listener),
)
OPENED = fact(1, 100, CaseOpened(customer="demo"))


@pytest.mark.parametrize(
    ("resolved", "said"),
    [
        (None, ["100 case.opened", "111 clock.breached"]),
        (109, ["100 case.opened", "109 case.resolved", "109 clock.met"]),
        # At the same instant the fact goes first.
        (111, ["100 case.opened", "111 case.resolved", "111 clock.met"]),
        (112, ["100 case.opened", "111 clock.breached", "112 case.resolved"]),
    ],
)
def test_time_is_let_through_when_all_that_happened_by_then_is_heard(
    resolved: int | None, said: list[str]
) -> None:
    facts = [OPENED] if resolved is None else [OPENED, fact(2, resolved, CaseResolved())]
    assert play(KEY, facts, TOY, until=1000).states["listener"] == said


def test_nothing_after_the_end_is_lived_through() -> None:
    played = play(KEY, [OPENED, fact(2, 500, CaseResolved())], TOY, until=110)
    assert played.states["listener"] == ["100 case.opened"]
    assert not played.said
    assert [said.type for said in play(KEY, [OPENED], TOY, until=111).said] == ["clock.breached"]


def test_what_is_told_late_is_heard_when_it_is_told() -> None:
    late = fact(3, 90, CaseResolved())
    assert play(KEY, [OPENED, late], TOY, until=1000).states["listener"][1] == "100 case.resolved"


def test_a_repeated_fact_is_heard_once() -> None:
    assert play(KEY, [OPENED, replace(OPENED)], TOY, until=105).states["listener"] == ["100 case.opened"]


def test_a_bug_ends_the_play_with_its_trace() -> None:
    def broken(state: int | None, heard: Heard, now: int) -> Decision[int]:
        raise ArithmeticError("seven is not eight")

    with pytest.raises(PlayFailed, match=r"(?s)demo/A at 1970-01-01T00:00:00\.000100Z: .*seven is not eight"):
        play(KEY, [OPENED], (Process("clock", (CASES,), CLOCKS, int, broken),), until=1000)
