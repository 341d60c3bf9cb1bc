"""States as text: what is read is what was written, of all that the services remember."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from shared.contracts.escalation import PageRequested
from shared.stream.fold import Heard, Thread
from shared.stream.states import States, read_thread, write_thread

PAGE = PageRequested(
    page="p1", step="1", person="amy", role="on-call", why="it broke", urgency="normal", clock="resolution",
    cycle=1, at=1_790_000_000_000_000, customer="acme", severity="P1", title="It broke",
)  # fmt: skip


class Place(NamedTuple):
    name: str
    at: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    places: dict[str, Place] = field(default_factory=dict)
    page: PageRequested | None = None
    words: tuple[str, ...] = ()


def test_what_is_read_is_what_was_written() -> None:
    states = States(Remembered)
    for state in (Remembered(), Remembered({"desk": Place("Ærø", 7)}, PAGE, ("a", "“b”"))):
        assert states.read(states.write(state)) == state


def test_members_that_came_later_have_their_defaults() -> None:
    assert States(Remembered).read('{"places": {"desk": ["Ærø"]}}') == Remembered({"desk": Place("Ærø")})


def test_what_json_has_no_words_for_is_named() -> None:
    with pytest.raises(NotImplementedError, match="complex"):
        States(object).write(complex(1, 2))


def test_a_thread_says_only_what_there_is_to_say() -> None:
    assert write_thread(Thread()) == "{}"
    thread = Thread({"cases": Heard(3), "clocks": Heard(9, [7])}, said=2, correlation="e1", parked=True)
    assert read_thread(write_thread(thread)) == thread
    assert "missing" not in write_thread(Thread({"cases": Heard(3)}))


def test_threads_share_nothing() -> None:
    one, other = Thread(), Thread()
    one.heard["cases"] = Heard()
    one.heard["cases"].missing.append(2)
    assert (other.heard, Heard().missing) == ({}, [])
