"""What the domain is told of the world: who can be reached how, and how patient to be."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.instant import DAY, SECOND
from shared.policy.directory import Directory

WAITS = tuple(seconds * SECOND for seconds in (1, 5, 15, 60, 300, 900, 3600))
"""Physical time between attempts on a person's last channel: an hour and a half in all."""


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach somebody: the channel, and where on it."""

    channel: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.target}" if self.target else self.channel


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who can be told something; `channels` in the order in which they are tried."""

    name: str
    zone: str
    channels: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in microseconds of product time."""

    lease: int
    """After so long without an outcome an attempt's fate is unknown. Longer than any channel's time-out."""
    waits: tuple[int, ...]
    """Between one attempt and the next; when they are used up the channel is given up."""
    tries_before_fallback: int
    """As long as there is another channel, so many attempts are enough."""
    longest_wait: int
    """Asked to wait longer than this, the next channel is tried instead, if there is one."""
    promise: int
    """How long a customer's update waits for the instant of the next one, which the clock says separately."""
    stale: int
    """Support's words older than this are history, not news: they are not passed on to the customer."""


@dataclass(frozen=True, slots=True)
class World:
    person: Callable[[str], Receiver | None]
    """(name) -> how to reach a person of ours."""
    contact: Callable[[str, str | None], Receiver | None]
    """(customer, contact) -> how to reach the customer about a case."""
    patience: Patience
    update_clocks: frozenset[str] = frozenset({"ongoing_update"})
    """The clocks whose due instant is what a customer is promised as "next update by"."""


def world_of(directory: Directory, span: Callable[[int], int]) -> World:
    """The directory as it is asked here; `span` says how much product time passes in a physical wait."""

    def person(id: str) -> Receiver | None:
        found = directory.people.get(id)
        if found is None:
            return None
        channels = tuple(Address(channel.kind, channel.address) for channel in found.channels)
        return Receiver(found.id, found.zone, channels)

    def contact(customer: str, named: str | None) -> Receiver | None:
        agreed = directory.customers.get(customer)
        found = agreed.contact(named) if agreed else None
        if found is None:
            return None
        channels = (Address("email", found.email),) if found.email else ()
        return Receiver(found.name, found.zone, channels)

    patience = Patience(
        lease=span(30 * SECOND),
        waits=tuple(span(wait) for wait in WAITS),
        tries_before_fallback=3,
        longest_wait=span(60 * SECOND),
        promise=span(2 * SECOND),
        stale=span(DAY),
    )
    return World(person, contact, patience)
