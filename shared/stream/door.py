"""HTTP as a source: what is submitted at the same moment goes into one transaction, and is answered after it.

Group commit without a delay: while a transaction is under way the next one gathers. The rows in `numbering`
are the cases' locks, taken in key order, so that several replicas of a door, and several transactions of one,
number each case without gaps. Where much comes, the latter need not wait for one another: each queue has
partitions of its own then.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.envelope import Fact, partition_of
from shared.contracts.instant import Instant
from shared.ops import metrics
from shared.stream.codec import encode
from shared.stream.ground import Ground
from shared.stream.lease import Lease, Leases
from shared.stream.relay import Relay, measure_outbox
from shared.stream.settling import settle_clock, settle_partitions, settle_wire
from shared.stream.statement import Statement
from shared.stream.store import put_in_outbox
from shared.stream.submissions import MOST, Answer, Item, Queue, Submission, Submitted
from shared.stream.transient import TryAgain, transient
from shared.stream.waiting import first, insist

AT_ONCE = 2
"""Transactions: while PostgreSQL writes one to disk, the other is prepared."""
MUCH = MOST
"""Unanswered items from which on a submission is divided among the transactions, so that none has a case of
another: below it one transaction is cheaper than two, and a wait for a case is rare and short."""
MOST_WAITING = 20_000
"""Items that may wait for their answer; more are turned away."""
EYES = 2.0
"""Seconds between measurements of the outbox."""

_LOCK = text(
    "INSERT INTO numbering (key, partition, last)"
    " SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:partitions AS int[]), CAST(:counts AS bigint[]))"
    " ON CONFLICT (key) DO UPDATE SET last = numbering.last + excluded.last RETURNING key, last"
)
_GIVE_BACK = Statement(
    "UPDATE numbering SET last = new.last"
    " FROM unnest(CAST(:keys AS text[]), CAST(:lasts AS bigint[])) AS new (key, last)"
    " WHERE numbering.key = new.key"
)

_log = structlog.get_logger(__name__)


class Unavailable(Exception):
    """Nothing can be made durable at the moment: try again in a moment."""


@dataclass(frozen=True, slots=True)
class Admitted(Generic[Answer]):
    """What became of an item: the answer, and the fact that it is (None: none, refused or repeated).

    The fact carries the number that `admit` took for it. `value` is its data as JSON, where that is at hand.
    """

    answer: Answer
    fact: Fact | None = None
    value: bytes | None = None


class Numbers:
    """Deals out each case's next numbers within one transaction, of those taken from the table for it."""

    def __init__(self, last: dict[str, int], taken: Mapping[str, int]) -> None:
        self._last = last
        self._taken = taken

    def next(self, key: str) -> int:
        self._last[key] += 1
        return self._last[key]

    def unused(self) -> dict[str, int]:
        """The last number said, of cases for which more were taken than that."""
        return {key: last for key, last in sorted(self._last.items()) if last < self._taken[key]}


Admit = Callable[
    [AsyncConnection, Sequence[Submission[Item]], Numbers, Instant], Awaitable[Sequence[Admitted[Answer]]]
]
"""(connection, items, numbers, now) -> one outcome an item, in order. Runs inside the transaction, with the
cases locked; it writes the service's own tables and takes a number for each fact that it admits."""


class Door(Generic[Item, Answer]):
    """Takes submissions, and relays what was admitted. `says` is the topic that it owns.

    `leases`: those of an engine in the same schema, which may say another topic; a door alone keeps its own.
    """

    def __init__(
        self, says: str, admit: Admit[Item, Answer], ground: Ground, leases: Leases | None = None
    ) -> None:
        self._says = says
        self._admit = admit
        self._ground = ground
        self._relay = Relay(ground, [says])
        self._own_leases = leases is None
        self._leases = leases or Leases(ground, self._take, self._lose)
        self._queues: tuple[Queue[Item, Answer], ...] = tuple(Queue() for _ in range(AT_ONCE))
        self._closed = False
        self._committed = asyncio.Event()

    async def submit(self, items: Sequence[Submission[Item]], *, together: bool = False) -> Sequence[Answer]:
        """One answer an item, in order, once they are durable.

        Those of one case are handled in their order, all of them if they are to be handled `together`.

        Raises:
            Unavailable: the database is away, more is waiting than can be handled, or the process is ending;
                some of them may have been made durable all the same.
        """
        if self._closed:
            raise Unavailable("this process is ending")
        unanswered = sum(queue.unanswered for queue in self._queues)
        if unanswered > MOST_WAITING:
            raise Unavailable("too many events are waiting")
        if together or unanswered < MUCH:
            return await min(self._queues, key=lambda queue: queue.unanswered).add(items)
        return await self._divided(items)

    async def _divided(self, items: Sequence[Submission[Item]]) -> Sequence[Answer]:
        """To each queue those of its partitions."""
        places = [partition_of(item.key, self._ground.partitions) % AT_ONCE for item in items]
        parts = [
            queue.add([item for item, at in zip(items, places, strict=True) if at == place])
            for place, queue in enumerate(self._queues)
            if place in places
        ]
        answers = dict(zip(sorted(set(places)), map(iter, await asyncio.gather(*parts)), strict=True))
        return [next(answers[place]) for place in places]

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; what was submitted before is still answered."""
        await insist(self._prepare, stop, "the door is not ready")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.serve(stop))
                tasks.create_task(self._publish(stop))
                tasks.create_task(self._watch(stop))
                if self._own_leases:
                    tasks.create_task(self._leases.run(stop))
        finally:
            await self._relay.close()

    async def _prepare(self) -> None:
        await settle_clock(self._ground)
        await settle_partitions(self._ground)

    async def serve(self, stop: asyncio.Event) -> None:
        """Answer what is submitted until told to stop, and what was submitted by then."""
        async with asyncio.TaskGroup() as tasks:
            for queue in self._queues:
                tasks.create_task(self._serve(queue, stop))

    async def _serve(self, queue: Queue[Item, Answer], stop: asyncio.Event) -> None:
        while not stop.is_set() or queue.waiting:
            if not queue.waiting:
                queue.news.clear()
                await first(queue.news, stop)
                continue
            group = queue.take()
            await self._answer(group)
            queue.unanswered -= sum(len(one.items) for one in group)
        self._closed = True

    async def _answer(self, group: Sequence[Submitted[Item, Answer]]) -> None:
        try:
            with transient():
                answers = await self._transact([item for one in group for item in one.items])
        except TryAgain as away:
            _log.warning("nothing can be made durable", why=str(away), items=len(group))
            for one in group:
                one.fail(Unavailable(str(away)))
            return
        place = 0
        for one in group:
            one.answer(answers[place : place + len(one.items)])
            place += len(one.items)

    async def _transact(self, items: Sequence[Submission[Item]]) -> Sequence[Answer]:
        now = self._ground.clock.now()
        async with self._ground.engine.begin() as conn:
            numbers = await self._lock(conn, items)
            admitted = await self._admit(conn, items, numbers, now)
            if unused := numbers.unused():
                await _GIVE_BACK.rows(conn, {"keys": [*unused], "lasts": [*unused.values()]})
            facts = [(one.fact, one.value) for one in admitted if one.fact is not None]
            said = await put_in_outbox(
                conn,
                self._says,
                [
                    encode(fact._replace(topic=self._says), self._ground.partitions, value)
                    for fact, value in facts
                ],
                now,
            )
        self._relay.remember(said)
        self._committed.set()
        return [one.answer for one in admitted]

    async def _lock(self, conn: AsyncConnection, items: Sequence[Submission[Item]]) -> Numbers:
        """Lock the cases, and take a number for each item at once: few are refused.

        The first statement of the transaction, and so SQLAlchemy's.
        """
        counts = Counter(item.key for item in items)
        keys = sorted(counts)
        found = await conn.execute(
            _LOCK,
            {
                "keys": keys,
                "partitions": [partition_of(key, self._ground.partitions) for key in keys],
                "counts": [counts[key] for key in keys],
            },
        )
        taken = {key: last for key, last in found}  # noqa: C416 - rows are not pairs to mypy
        return Numbers({key: last - counts[key] for key, last in taken.items()}, taken)

    async def _publish(self, stop: asyncio.Event) -> None:
        """Relay the outbox rows of the partitions held here: one publisher keeps a case in order.

        In the table's order, not in memory's: another replica of the door may have committed before this one.
        """
        await insist(self._prepare_wire, stop, "the wire is not ready; what is accepted waits in the outbox")
        while not stop.is_set():
            self._committed.clear()
            if self._leases.held:
                await self._relay.sweep(list(self._leases.held), stop)
            await first(self._committed, stop, within=0.25)

    async def _prepare_wire(self) -> None:
        await settle_wire(self._ground)
        await self._ground.wire.prepare([self._says], self._ground.partitions)

    async def _watch(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                with transient():
                    await measure_outbox(self._ground)
            except TryAgain as away:
                _log.warning("the outbox cannot be measured", why=str(away))
            await first(stop, within=EYES)

    async def _take(self, _: Lease) -> None:
        self._committed.set()

    async def _lose(self, _: int) -> None:
        """What is being published may be published again by the next holder; readers drop repetitions."""
        metrics.PARTITIONS_HELD.set(len(self._leases.held))
