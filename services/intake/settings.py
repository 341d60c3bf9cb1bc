"""What intake reads from the environment, beside what every process does."""

from pydantic import Field

from services.intake.domain.limits import Limits
from shared.ops.settings import ProcessSettings


class IntakeSettings(ProcessSettings):
    event_bytes: int = Field(default=1 << 20, ge=1024)
    batch_bytes: int = Field(default=8 << 20, ge=1024)
    batch_events: int = Field(default=1000, ge=1, le=1000)
    ahead_seconds: int = Field(default=300, ge=0)
    """How far in the future (product time) an event may lie: other systems' clocks differ."""
    rate: int = Field(default=25_000, ge=1)
    """Events a second and tenant; `burst` at once."""
    burst: int = Field(default=100_000, ge=1)
    body_seconds: float = Field(default=10, gt=0)
    commit_seconds: float = Field(default=10, gt=0)
    waiting_alarm_seconds: int = Field(default=3600, ge=1)
    """Product time after which a case that was spoken of but not opened is warned of."""

    def limits(self) -> Limits:
        return Limits(
            event_bytes=self.event_bytes,
            batch_bytes=self.batch_bytes,
            batch_events=self.batch_events,
            ahead=self.ahead_seconds * 1_000_000,
            rate=self.rate,
            burst=self.burst,
            body_seconds=self.body_seconds,
            commit_seconds=self.commit_seconds,
        )
