"""What a fact of a clock means for escalation."""

from typing import Literal, NamedTuple

from shared.contracts.clock import (
    ClockBreached,
    ClockCancelled,
    ClockExcused,
    ClockExcuseEnded,
    ClockMet,
    ClockResumed,
    ClockRetracted,
    ClockWarned,
)
from shared.contracts.envelope import Said

BREACH = "breach"

NEWS: tuple[type[Said], ...] = (
    *(ClockWarned, ClockBreached, ClockMet, ClockCancelled, ClockResumed, ClockRetracted),
    *(ClockExcused, ClockExcuseEnded),
)
"""What may mean something here."""


class News(NamedTuple):
    """`words` name the point that was reached (a warning point as the policy writes it, or `breach`), or how
    the cycle ended; `at` is the instant by the rules of the policy.
    """

    kind: Literal["reached", "ended", "runs again", "never reached", "never began"]
    clock: str
    cycle: int
    at: int
    words: str
    due: int | None = None
    cause: str = ""


def news_of(said: Said) -> News | None:
    """None: it means nothing here."""
    match said:
        case ClockWarned():
            return News("reached", said.clock, said.cycle, said.at, said.warning, said.due)
        case ClockBreached():
            return News("reached", said.clock, said.cycle, said.at, BREACH, said.due, said.cause)
        case ClockMet():
            return News("ended", said.clock, said.cycle, said.at, "met late" if said.late else "met")
        case ClockCancelled():
            return News("ended", said.clock, said.cycle, said.at, "cancelled", cause=said.cause)
        case ClockResumed(excused=False):
            return News("runs again", said.clock, said.cycle, said.at, "resumed", said.due, said.cause)
        case ClockRetracted(what="warned"):
            return News("never reached", said.clock, said.cycle, said.at, said.warning, cause=said.cause)
        case ClockRetracted(what="breached"):
            return News("never reached", said.clock, said.cycle, said.at, BREACH, cause=said.cause)
        case ClockRetracted(what="met" | "cancelled"):
            return News("runs again", said.clock, said.cycle, said.at, said.what, cause=said.cause)
        case ClockRetracted(what="started"):
            return News("never began", said.clock, said.cycle, said.at, "started", cause=said.cause)
        case _:
            return _of_exception(said)


def _of_exception(said: Said) -> News | None:
    """An exception holds the ladder while it lasts."""
    match said:
        case ClockExcused():
            return News("ended", said.clock, said.cycle, said.at, f"excused by {said.by}", cause=said.reason)
        case ClockExcuseEnded():
            return News("runs again", said.clock, said.cycle, said.at, "excuse ended", cause=said.cause)
        case ClockRetracted(what="excused"):
            return News("runs again", said.clock, said.cycle, said.at, said.what, cause=said.cause)
        case _:
            return None
