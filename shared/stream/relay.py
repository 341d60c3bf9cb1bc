"""From the outbox to the wire: publish in order, and delete only what the wire has acknowledged.

A crash in between publishes again; the numbers in the facts let every reader drop the repetition.
"""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from shared.ops import metrics
from shared.stream.connections import Connections
from shared.stream.ground import Ground
from shared.stream.store import Bundle, acknowledged, outbox_age, unsaid
from shared.stream.transient import TryAgain, transient
from shared.stream.waiting import GRACE, first, patience, unless

SWEEP = 50
"""Bundles read from the outbox at a time; each has some hundred facts at the most."""
REMEMBERED = 5_000
"""Facts at most that are not read from the outbox, since they were written a moment ago."""

_log = structlog.get_logger(__name__)


class Relay:
    """Publishes what transactions said, straight from memory, one batch after the other.

    `offer` is called right after a commit, in commit order for each partition; `sweep` fetches what an
    earlier life of the process left behind. At most `most` facts wait here: then `offer` waits.

    A door, which shares its partitions' outbox with other replicas, sweeps for all that it publishes, and
    says with `remember` what need not be read for it.
    """

    def __init__(self, ground: Ground, topics: Sequence[str], *, most: int = 20_000) -> None:
        self._connections = Connections(ground.engine, 1)
        self._wire = ground.wire
        self._topics = topics
        self._most = most
        self._waiting: list[Bundle] = []
        self._facts = 0
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.remembered: dict[int, Bundle] = {}

    def remember(self, committed: Iterable[Bundle]) -> None:
        """These are in the outbox as they are here."""
        self.remembered.update((bundle.number, bundle) for bundle in committed)
        if sum(len(bundle.records) for bundle in self.remembered.values()) > REMEMBERED:
            self.remembered.clear()  # others publish them, or it is long until they are: they will be read

    async def offer(self, said: Bundle) -> None:
        await self._room.wait()
        self._waiting.append(said)
        self._facts += len(said.records)
        self._more.set()
        if self._facts >= self._most:
            self._room.clear()

    async def sweep(self, partitions: Sequence[int], stop: asyncio.Event) -> None:
        """Publish what these partitions have in the outbox: before anything new of theirs is said."""
        waits = patience()
        while not stop.is_set():
            try:
                with transient():
                    async with self._connections.one() as conn:
                        left = await unsaid(conn, self._topics, partitions, SWEEP, dict(self.remembered))
            except TryAgain as away:
                _log.warning("the outbox cannot be read", why=str(away))
                await first(stop, within=next(waits))
                continue
            await self._publish(left, stop)
            for bundle in left:
                self.remembered.pop(bundle.number, None)
            if len(left) < SWEEP:
                return

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until told to stop, and then what is still waiting if the wire takes it at once."""
        while not stop.is_set() or self._waiting:
            if not self._waiting:
                self._more.clear()
                await first(self._more, stop)
                continue
            batch, self._waiting, self._facts = self._waiting, [], 0
            self._room.set()
            await self._publish(batch, stop)

    async def _publish(self, batch: Sequence[Bundle], stop: asyncio.Event) -> None:
        waits = patience()
        while batch:
            try:
                with transient():
                    await unless(stop, self._publish_once(batch), GRACE)
            except TryAgain as away:
                if stop.is_set():
                    return  # it stays in the outbox; the next life sweeps it
                metrics.PUBLISH_RETRIES.inc()
                delay = next(waits)
                _log.warning(
                    "the outbox waits", topics=self._topics, bundles=len(batch), again_in=delay, why=str(away)
                )
                await first(stop, within=delay)
            else:
                return

    async def close(self) -> None:
        """Give back its connection."""
        await self._connections.close()

    async def _publish_once(self, batch: Sequence[Bundle]) -> None:
        await self._wire.publish([record for bundle in batch for record in bundle.records])
        async with self._connections.one() as conn:
            await acknowledged(conn, batch)


async def measure_outbox(ground: Ground) -> None:
    """Show how much is said and not yet published, and how old the oldest of it is."""
    async with ground.engine.connect() as conn:
        rows, oldest = await outbox_age(conn)
    age = 0 if oldest is None else max(0, ground.clock.now() - oldest)
    metrics.OUTBOX_ROWS.set(rows)
    metrics.OUTBOX_AGE.set(age / ground.clock.span(1_000_000))
