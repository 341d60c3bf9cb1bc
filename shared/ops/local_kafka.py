"""A real single-node Kafka from wheels and Maven jars."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class CannotStart(RuntimeError):
    """The broker cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class LocalKafka:
    """A running broker."""

    bootstrap: str

    def stop(self) -> None:
        """Shut down cleanly."""

    def kill(self) -> None:
        """End at once, as a crash would."""


def start(home: Path, *, libraries: Path, say: Callable[[str], None] = lambda line: None) -> LocalKafka:
    """Start the broker."""
    raise CannotStart("not there yet")
