"""How much is taken at once, and how fast. Time is an argument."""

from dataclasses import dataclass, field
from math import ceil


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings of the door. `ahead` is in microseconds of product time, the rest in physical seconds."""

    event_bytes: int = 1 << 20
    batch_bytes: int = 8 << 20
    batch_events: int = 1000
    ahead: int = 300_000_000
    rate: int = 25_000
    """Events a second and tenant."""
    burst: int = 100_000
    body_seconds: float = 10
    """For the sender, to send a body."""
    commit_seconds: float = 10
    """For us, to make its events durable."""


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


@dataclass(slots=True)
class Rates:
    """One bucket a tenant, as many as there are tenants with keys."""

    limits: Limits
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def bucket(self, tenant: str, now: int) -> Bucket:
        bucket = self._buckets.get(tenant)
        if bucket is None:
            bucket = Bucket(self.limits.rate, self.limits.burst, self.limits.burst, now)
            self._buckets[tenant] = bucket
        return bucket
