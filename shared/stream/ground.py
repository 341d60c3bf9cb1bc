"""What every part of the stream stands on in one process."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ops.clock import Clock
from shared.stream.wire import Wire


@dataclass(frozen=True, slots=True)
class Ground:
    """`engine` looks names up in the process's own schema; `partitions` is the number on every topic.

    `owner` names this instance; a name that stays the same over restarts takes its own leases back at once.
    """

    engine: AsyncEngine
    wire: Wire
    clock: Clock
    partitions: int
    owner: str
    lease_term: float = 3.0
    """Physical seconds after which a silent instance's partitions go to others."""
