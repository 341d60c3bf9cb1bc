"""What the domain is told of the world: who can be reached how, and how patient to be."""

from collections.abc import Callable
from dataclasses import dataclass


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
