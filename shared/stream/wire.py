"""What a wire is: numbered records per topic and partition, durable once published. Kafka or PostgreSQL.

A wire keeps order within a partition and may deliver twice; it knows nothing of cases, leases or states.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

Headers = tuple[tuple[str, bytes], ...]
Lane = tuple[str, int]
"""A topic and a partition of it."""


class Record(NamedTuple):
    """One fact as it travels. `offset` is its place in its lane, -1 while it is not published.

    A tuple, as the fact itself: each is made anew by every service that hears it.
    """

    topic: str
    partition: int
    key: str
    headers: Headers
    value: bytes
    offset: int = -1


def by_lane(records: Iterable[Record]) -> dict[Lane, list[Record]]:
    """The records of each lane, in their order."""
    lanes: dict[Lane, list[Record]] = {}
    for record in records:
        lanes.setdefault((record.topic, record.partition), []).append(record)
    return lanes


class WireUnavailable(Exception):
    """The wire is away or did not acknowledge in time: try again, the same records in the same order."""


class PartitionMismatch(Exception):
    """A topic has another number of partitions than the database: cases would move. Refused at start."""


class ForeignWire(Exception):
    """The positions in the database are not of this wire, or beyond its end: facts would be lost unseen."""


class Reader(Protocol):
    """Reads the lanes that it was assigned, each from the position it was given."""

    def assign(self, positions: Mapping[Lane, int]) -> None:
        """Read exactly these lanes, each from its next offset, from the next `read` on."""
        ...

    async def read(self, full: frozenset[Lane]) -> Sequence[Record]:
        """What has come, in order within each lane; waits a moment where nothing has. `full` lanes wait.

        Raises:
            WireUnavailable: the caller backs off and reads on.
        """
        ...

    async def report(self, positions: Mapping[Lane, int]) -> None:
        """Tell the wire's own tools how far processing is. For eyes only: the truth is in the database."""
        ...

    async def close(self) -> None: ...


class Wire(Protocol):
    async def identity(self) -> str:
        """Names this wire and no other: a position means nothing on another one. Raises WireUnavailable."""
        ...

    async def prepare(self, topics: Iterable[str], partitions: int) -> None:
        """Create what is missing; raises PartitionMismatch where a topic has another number of partitions."""
        ...

    async def publish(self, records: Sequence[Record]) -> None:
        """Return once all are durable; order within a lane is the order given. Raises WireUnavailable."""
        ...

    async def ends(self, lanes: Iterable[Lane]) -> Mapping[Lane, int]:
        """The next offset of each lane at this instant. Raises WireUnavailable."""
        ...

    def reader(self, group: str) -> Reader: ...

    async def close(self) -> None: ...
