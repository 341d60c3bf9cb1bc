"""What became of one attempt: four words, said by a channel, judged by the ledger."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.envelope import Said


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other side took it; `answer` is its evidence."""

    answer: str
    fate: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The other side did not take it, and may later; `after` microseconds where it asked for a wait."""

    answer: str
    after: int | None = None
    fate: Literal["try again"] = "try again"


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it: no use in asking again."""

    answer: str
    fate: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: the line broke, or time ran out, after it had been said."""

    answer: str
    fate: Literal["unknown"] = "unknown"


Fate = Literal["accepted", "try again", "refused", "unknown"]
Outcome = Annotated[Accepted | TryAgain | Refused | Unknown, Field(discriminator="fate")]


class CallEnded(Said):
    """The outcome of a call as a fact. It never travels: the process that called hears it."""

    type: ClassVar[str] = "call.ended"
    effect: str
    attempt: int
    outcome: Outcome
