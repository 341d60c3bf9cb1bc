"""The turns of one service, read once: kept for the cases, and checked as a whole."""

from pathlib import Path

from cli.audit.buckets import Buckets
from cli.audit.case import Verdict
from cli.audit.hearings import REWIND, Hearing, RunsWriter
from shared.contracts.instant import render
from shared.ops.clock import Clock
from shared.stream.records import Held, Kept, Snapshot
from shared.stream.turn import TIME

AHEAD = 10_000
"""Physical µs by which a turn's instant may be ahead of the clock: the rounding of a time-lapse, no more."""


class TurnsOfOne:
    """One partition's turns, in order."""

    def __init__(self, folder: Path, service: str, held: Held, clock: Clock, verdict: Verdict) -> None:
        self._where = f"{service}, partition {held.partition}"
        self._service = service
        self._held = held
        self._clock = clock
        self._verdict = verdict
        self._runs = RunsWriter(folder, service, held.partition)
        self._number = 0
        self._epoch = 0
        self._next: dict[str, int] = {}
        self._begun: set[str] = set()
        """The topics that were heard in this epoch."""
        self.recorded: dict[str, int] = {}
        """By topic the first offset whose turn is on record."""

    def take(self, kept: Kept, buckets: Buckets) -> None:
        where = f"{self._where}, turn {kept.number}"
        if self._number:
            follows = kept.number == self._number + 1
            self._verdict.expect(follows, f"{where} comes after turn {self._number}: a gap")
        self._verdict.expect(kept.epoch >= self._epoch, f"{where}: epoch {kept.epoch} after {self._epoch}")
        if kept.epoch != self._epoch:
            self._begun.clear()
        self._number, self._epoch = kept.number, kept.epoch
        self._in_time(where, kept)
        self._hear(where, kept)
        self._happen(kept, buckets)

    def _in_time(self, where: str, kept: Kept) -> None:
        """Nothing is decided as at an instant that has not come."""
        lead = kept.turn.now - self._clock.at(kept.turn.at)
        self._verdict.expect(
            lead <= self._clock.span(AHEAD),
            f"{where}: it was decided as at {render(kept.turn.now)}, {lead} µs before that instant",
        )

    def _hear(self, where: str, kept: Kept) -> None:
        """A commit of unknown fate is taken again; whoever takes over knows where the last one ended."""
        place = 0
        for run in kept.turn.heard:
            end = run.first + run.count
            expected = self._next.setdefault(run.topic, run.first)
            self.recorded.setdefault(run.topic, run.first)
            back = REWIND if run.topic in self._begun else 0
            self._begun.add(run.topic)
            self._verdict.expect(
                expected - back <= run.first <= expected,
                f"{where}: heard {run.topic} from {run.first} on, and {expected} was the next",
            )
            self._verdict.notes["facts taken again after a commit of unknown fate"] += max(
                0, min(end, expected) - run.first
            )
            self._next[run.topic] = max(end, expected)
            self._runs.write(run.topic, run.first, run.count, self._moment(kept, place))
            place += run.count

    def _happen(self, kept: Kept, buckets: Buckets) -> None:
        turn = kept.turn
        facts = sum(run.count for run in turn.heard)
        for further, record in enumerate(turn.outcomes):
            at = self._moment(kept, facts + further)
            buckets.put(record.key, "outcome", (at, record))
        after = facts + len(turn.outcomes)
        for further, key in enumerate(turn.woken):
            buckets.put(key, "woken", (self._moment(kept, after + further),))
        if turn.grant is not None:
            grant = turn.grant
            wished = (self._moment(kept, 0), None, grant.wish, grant.letters)
            buckets.put(grant.key, "granted", wished)
        woken = {key: after + further for further, key in enumerate(turn.woken)}
        for key, place in kept.failed:
            buckets.put(key, "failed", (self._moment(kept, woken[key] if place == TIME else place),))

    def _moment(self, kept: Kept, place: int) -> Hearing:
        return self._service, kept.number, place, kept.turn.now, kept.turn.under

    def close(self) -> None:
        """All turns were taken: they must come to what the partition's row has."""
        self._runs.close()
        held, verdict = self._held, self._verdict
        if not self._number and not held.turns:  # nothing was recorded: it is as old as its positions
            self.recorded = dict(held.positions)
            return
        verdict.expect(
            self._number == held.turns,
            f"{self._where}: {held.turns} turns were taken, {self._number} is the last",
        )
        verdict.expect(self._epoch <= held.epoch, f"{self._where}: epoch {self._epoch} beyond {held.epoch}")
        for topic in sorted(self._next.keys() | held.positions.keys()):
            position = held.positions.get(topic, 0)
            heard = self._next.get(topic, position)
            self.recorded.setdefault(topic, position)
            verdict.expect(
                heard == position, f"{self._where}: {topic} is at {position}, and was heard up to {heard}"
            )


async def read_turns(
    seen: Snapshot, folder: Path, service: str, partitions: list[Held], clock: Clock, buckets: Buckets
) -> tuple[Verdict, dict[tuple[str, str, int], int]]:
    """Take all of a service's turns; returns also from which offset on they are on record."""
    verdict = Verdict()
    all_of = {held.partition: TurnsOfOne(folder, service, held, clock, verdict) for held in partitions}
    before = -1
    async for kept in seen.turns(service):
        if kept.partition != before and before in all_of:
            all_of[before].close()
        before = kept.partition
        all_of[before].take(kept, buckets)
    for partition, turns in all_of.items():
        if partition >= before:
            turns.close()
    recorded = {
        (service, topic, partition): first
        for partition, turns in all_of.items()
        for topic, first in turns.recorded.items()
    }
    return verdict, recorded
