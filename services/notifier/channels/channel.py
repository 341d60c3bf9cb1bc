"""What a channel is given, and what it answers in."""

from dataclasses import dataclass
from typing import Protocol

from services.notifier.domain.message import Message
from services.notifier.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way: everything that a channel needs."""

    effect: str
    """For the other side to recognise a repetition by."""
    key: str
    """The case, for threading."""
    receiver: str
    target: str
    """Where on the channel: an address, a URL, a name; empty for the console."""
    message: Message
    planned_at: int
    """Product time; the same for every attempt."""
    link: str | None = None
    """Where it can be acknowledged, if that is asked for."""


class Channel(Protocol):
    async def send(self, outgoing: Outgoing) -> Outcome:
        """One attempt, within seconds. What the world does is an outcome; only a bug raises."""
        ...
