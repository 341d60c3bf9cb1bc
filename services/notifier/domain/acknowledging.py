"""Taking a page on, once: what is asked at the door, and what it answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """`person` takes the page on, as it was asked for the `round`-th time."""

    key: str
    page: str
    round: int
    person: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who took it on and when; `first` where that was this very request."""

    person: str
    at: int
    first: bool
