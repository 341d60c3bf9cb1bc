"""How much a tenant may send: a token bucket. Time is an argument."""

from dataclasses import dataclass
from math import ceil


@dataclass(slots=True)
class Bucket:
    """Holds `burst` events at most and gains `rate` a second; instants are microseconds.

    Whoever finds it above nothing may take all that a request holds, also into debt: a batch is let in whole,
    and its size is paid for by those after it.
    """

    rate: int
    burst: int
    level: float
    at: int

    def seconds_to_wait(self, now: int) -> int:
        """Whole seconds until something may be taken; 0: now."""
        self.level = min(self.burst, self.level + max(0, now - self.at) * self.rate / 1_000_000)
        self.at = max(now, self.at)
        return 0 if self.level > 0 else max(1, ceil((1 - self.level) / self.rate))

    def take(self, events: int) -> None:
        self.level -= events
