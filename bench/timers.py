"""The load of bench/due.py: many open timers, some of which fall due at a rate.

It needs the standard library only, so that the peers' programs can read it in environments of their own.
"""

from array import array
from dataclasses import dataclass
from pathlib import Path
from random import Random

SECOND = 1_000_000
DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Load:
    """From `start` on `rate` timers a second fall due: for `warm` seconds that do not count, then `seconds`.

    The others of the `open` ones stay open: they are due at some time in the following 29 days. Instants are
    µs since 1970. Due instants are random within the window, and so is the order of the timers.
    """

    open: int
    rate: int
    warm: int
    seconds: int
    start: int

    @property
    def counts_from(self) -> int:
        return self.start + self.warm * SECOND

    @property
    def end(self) -> int:
        return self.counts_from + self.seconds * SECOND

    def instants(self) -> "array[int]":
        """When each timer is due, by its number."""
        chance = Random(1)
        soon = self.rate * (self.warm + self.seconds)
        later = self.end + 60 * SECOND
        instants = [chance.randrange(self.start, self.end) for _ in range(soon)]
        instants += [later + chance.randrange(29 * DAY) for _ in range(self.open - soon)]
        chance.shuffle(instants)
        return array("q", instants)


def keep(instants: "array[int]", path: Path) -> None:
    with path.open("wb") as file:
        instants.tofile(file)


def kept(path: Path) -> "array[int]":
    instants = array("q")
    instants.frombytes(path.read_bytes())
    return instants
