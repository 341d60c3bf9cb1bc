"""The ledger of one case: what is to be said, to whom, and every attempt at it."""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from services.notifier.domain.outcome import Fate
from services.notifier.domain.world import Address
from shared.contracts.escalation import PageRequested


class Status(StrEnum):
    """Of one delivery. Sent, failed and suppressed are final, but for an answer that comes late."""

    PLANNED = "planned"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


OPEN = frozenset({Status.PLANNED, Status.SENDING, Status.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call, on record before it is made; without a fate it is on its way."""

    number: int
    began: int
    ended: int | None = None
    fate: Fate | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One effect: this, to this person, on this channel. However often it is tried, under one key."""

    effect: str
    carries: str
    """The page or the update."""
    receiver: str
    zone: str
    round: int
    """Of the page, counted in `Page.round`; 1 for an update."""
    address: Address
    rest: tuple[Address, ...]
    """The receiver's further channels, as they stood when it was planned."""
    planned_at: int
    next_at: int | None
    """When it must be looked at again: the next attempt, or the end of the present one's lease."""
    status: Status = Status.PLANNED
    attempts: tuple[Attempt, ...] = ()
    reason: str = ""
    needless: str = ""
    """Why it need not be said any more, where that became known while an attempt was on its way."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was asked for. `round` counts how often: a withdrawn one may be asked for again."""

    asked: PageRequested
    round: int = 1
    withdrawn: str = ""
    unanswered_at: int | None = None
    acknowledged_by: str = ""
    acknowledged_at: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """A status update to the customer: the policy's own (with its clock), or support's words passed on."""

    id: str
    at: int
    clock: str = ""
    cycle: int = 0
    text: str = ""
    next_by: int | None = None
    awaits_promise: bool = False
    sent_at: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """By when the customer hears from us next, as the update clock last said; it holds since `at`."""

    at: int
    due: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """A value and since when it holds; facts come in any order, the one that happened last counts."""

    at: int
    value: str


@dataclass(frozen=True, slots=True)
class CaseDeliveries:
    key: str
    known: dict[str, Known] = field(default_factory=dict)
    """What facts said of the case itself: customer, contact, title, severity, status."""
    pages: dict[str, Page] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    """Updates that cannot be addressed yet: their case was not opened here."""
    promises: dict[str, Promise] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    """By effect key, in the order in which they were planned."""

    def value(self, name: str) -> str:
        return self.known[name].value if name in self.known else ""


def effect_key(key: str, carries: str, round: int, receiver: str, address: Address) -> str:  # noqa: A002
    """One effect, one key, for ever: the clock, cycle and step are in the page's id. Safe in any header."""
    parts = (key, carries, str(round), receiver, address.channel, address.target)
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]
