"""What reached people and what they answered. Owner: notifier, topics `deliveries` and `acknowledgements`."""

from typing import ClassVar

from shared.contracts.envelope import Said
from shared.contracts.instant import Instant


class DeliverySaid(Said):
    effect: str
    """The effect key: one per case, step, receiver, channel and cycle; providers get it to deduplicate by."""
    page: str
    """The page or the update that it carries."""
    receiver: str
    channel: str
    attempt: int
    at: Instant


class DeliveryAccepted(DeliverySaid):
    """The channel's other side took it."""

    type: ClassVar[str] = "delivery.accepted"


class DeliveryFailed(DeliverySaid):
    """Given up on this channel, with the other side's answer; `fallback` names the channel tried next."""

    type: ClassVar[str] = "delivery.failed"
    why: str
    fallback: str | None = None


class DeliverySuppressed(DeliverySaid):
    """Deliberately not sent, and why."""

    type: ClassVar[str] = "delivery.suppressed"
    why: str


class UpdateSent(Said):
    """The customer was told how the case stands."""

    type: ClassVar[str] = "update.sent"
    update: str
    clock: str
    cycle: int
    at: Instant


class PageAcknowledged(Said):
    """Somebody has taken it on. `at`: when they said so."""

    type: ClassVar[str] = "page.acknowledged"
    page: str
    by: str
    at: Instant


DELIVERY_FACTS: tuple[type[Said], ...] = (DeliveryAccepted, DeliveryFailed, DeliverySuppressed, UpdateSent)
ACKNOWLEDGEMENT_FACTS: tuple[type[Said], ...] = (PageAcknowledged,)
