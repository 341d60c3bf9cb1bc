"""The wire, read once from its beginning to where it ended, together with who heard what of it."""

from collections.abc import Mapping
from pathlib import Path

from cli.audit.buckets import Buckets
from cli.audit.case import Verdict
from cli.audit.deciders import SERVICES
from cli.audit.hearings import Hearings
from shared.contracts.topics import TOPICS
from shared.stream.wire import Lane, Record, Wire

PATIENCE = 10
"""Empty answers in a row after which nothing more is expected of the wire; each takes half a second."""


class LaneAlong:
    """One lane, walked along with what the services heard of it."""

    def __init__(self, lane: Lane, end: int, folder: Path, verdict: Verdict) -> None:
        self._lane = lane
        self.end = end
        self.next: int | None = None
        """The offset after the last one read; None: nothing was read."""
        self.floor = end
        self._verdict = verdict
        self._heard = [Hearings(folder, service, lane) for service in SERVICES]

    @property
    def done(self) -> bool:
        return (self.next or 0) >= self.end

    def take(self, record: Record, buckets: Buckets) -> None:
        if record.offset >= self.end:
            return
        if self.next is None:
            self.floor = record.offset
        elif record.offset != self.next:
            self._miss(self.next, record.offset)
        self._verdict.checked += 1
        self.next = record.offset + 1
        heard = [one for hearings in self._heard for one in hearings.at(record.offset)]
        columns = (record.topic, record.partition, record.key, record.headers, record.value, record.offset)
        buckets.put(record.key, "wire", (columns, tuple(heard)))

    def close(self) -> None:
        if self.next is not None and self.next < self.end:
            self._miss(self.next, self.end)
        lost = sum(hearings.left(self.floor) for hearings in self._heard)
        topic, partition = self._lane
        self._verdict.expect(
            not lost, f"{topic} {partition}: {lost} facts were heard that are not on the wire"
        )

    def _miss(self, first: int, end: int) -> None:
        topic, partition = self._lane
        self._verdict.violations.append(f"{topic} {partition}: the wire lacks {first} to {end - 1}")


async def read_wire(
    wire: Wire, partitions: int, folder: Path, buckets: Buckets
) -> tuple[Verdict, Mapping[Lane, int]]:
    """Read everything that is there now; returns also where each lane begins."""
    verdict = Verdict()
    floors: dict[Lane, int] = {}
    ends = await wire.ends([(topic, partition) for topic in TOPICS for partition in range(partitions)])
    for partition in range(partitions):
        lanes = {
            (topic, partition): LaneAlong(
                (topic, partition), ends.get((topic, partition), 0), folder, verdict
            )
            for topic in TOPICS
        }
        await _read(wire, lanes, buckets)
        for lane, along in lanes.items():
            along.close()
            floors[lane] = along.floor
    return verdict, floors


async def _read(wire: Wire, lanes: dict[Lane, LaneAlong], buckets: Buckets) -> None:
    reader = wire.reader("audit")
    try:
        open_lanes = {lane: 0 for lane, along in lanes.items() if not along.done}
        reader.assign(open_lanes)
        empty = 0
        while open_lanes and empty < PATIENCE:
            done = frozenset(lane for lane in open_lanes if lanes[lane].done)
            if len(done) == len(open_lanes):
                return
            found = await reader.read(done)
            empty = 0 if found else empty + 1
            for record in found:
                lanes[record.topic, record.partition].take(record, buckets)
    finally:
        await reader.close()
