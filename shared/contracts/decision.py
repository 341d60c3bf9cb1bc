"""What a decision is: the one shape that every domain answers in and that the stream kit carries out.

`decide(state, heard, now) -> Decision(state, says, wake_at, calls)`
"""

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from shared.contracts.envelope import Fact, Said
from shared.contracts.instant import Instant

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Wake:
    """Time is a message too: the state's `wake_at` has come."""


Heard = Fact | Wake


class Saying(NamedTuple):
    """A fact to be said about the same case; the kit numbers it and gives it its envelope."""

    data: Said
    time: Instant


@dataclass(frozen=True, slots=True)
class Call:
    """Something to do in the outside world once the decision is committed; its result returns as a fact.

    `effect` with `attempt` names it: the same pair is never called twice by the same commit.
    """

    effect: str
    attempt: int


class Decision(NamedTuple, Generic[S]):
    """The case's new state, what is said, when to be called again (None: only by a fact), what to do outside.

    A `wake_at` in the past means at once. Nothing else may happen: two effects, state and facts; calls are
    the notifier's alone.
    """

    state: S
    says: tuple[Saying, ...] = ()
    wake_at: Instant | None = None
    calls: tuple[Call, ...] = ()
