"""Who has a case, and who must hear of it. Owner: escalation, topic `escalations`."""

from typing import ClassVar, Literal

from shared.contracts.envelope import Said
from shared.contracts.instant import Instant

Urgency = Literal["critical", "normal", "digest"]


class CaseRouted(Said):
    """The case lies with this tier; `person` where a person, not a queue, has it."""

    type: ClassVar[str] = "case.routed"
    tier: str
    team: str
    person: str | None = None
    why: str


class CaseEscalated(Said):
    """The case moved up, without the customer's doing (FD-8)."""

    type: ClassVar[str] = "case.escalated"
    from_tier: str
    to_tier: str
    team: str
    why: str


class PageRequested(Said):
    """This person must hear of this, now. `page` is its id: one page, however often it is tried."""

    type: ClassVar[str] = "page.requested"
    page: str
    step: str
    person: str
    role: str
    why: str
    """In plain words, for the receiver: `first response breached 09:15 (due Mon 09:15)`."""
    urgency: Urgency
    clock: str
    cycle: int
    due: Instant | None = None
    at: Instant
    """When it was to be said by the ladder; later than this is late."""
    acknowledge_by: Instant | None = None
    """None: an acknowledgement is not asked for."""
    customer: str
    severity: str
    title: str


class PageUnanswered(Said):
    type: ClassVar[str] = "page.unanswered"
    page: str
    step: str
    person: str
    at: Instant


class PageWithdrawn(Said):
    """The cause of a page is gone (resolved, retracted): whoever was not yet reached need not be."""

    type: ClassVar[str] = "page.withdrawn"
    page: str
    why: str


class StepSkipped(Said):
    """A step had nobody to hear it, or no reason to be said; the ladder went on at once."""

    type: ClassVar[str] = "step.skipped"
    step: str
    why: str
    at: Instant


class LadderEnded(Said):
    type: ClassVar[str] = "ladder.ended"
    clock: str
    cycle: int
    why: str
    at: Instant


class AcknowledgementNoted(Said):
    """What an acknowledgement did: it stopped the ladder, or came too late to (and why)."""

    type: ClassVar[str] = "acknowledgement.noted"
    page: str
    by: str
    effect: str


ESCALATION_FACTS: tuple[type[Said], ...] = (
    CaseRouted,
    CaseEscalated,
    PageRequested,
    PageUnanswered,
    PageWithdrawn,
    StepSkipped,
    LadderEnded,
    AcknowledgementNoted,
)
