"""One partition's loop: what was read and what is due, into one transaction, and out again.

Owned by one lease and one task. It never decides anything; it orders: facts first, then time, and time only
once every fact that was on the wire at the due instant has been read (else a resolution that is already
there would lose to its own breach).
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Generic, TypeVar

import structlog

from shared.contracts.envelope import Fact
from shared.ops import metrics
from shared.stream.calls import Calls
from shared.stream.codec import encode
from shared.stream.counting import count
from shared.stream.dead_letters import letters_of, settle
from shared.stream.due import Due
from shared.stream.fold import Arrival, Fold, Folded, Stored, arrival, letter
from shared.stream.ground import Ground
from shared.stream.lease import Lease
from shared.stream.pace import Pace
from shared.stream.process import Process
from shared.stream.rows import Rows
from shared.stream.shared import Shared
from shared.stream.store import Bundle, Fence, KitStore
from shared.stream.transient import TryAgain, transient
from shared.stream.turn import Grant, Turn, runs
from shared.stream.waiting import first, give_way, patience
from shared.stream.wire import Record

S = TypeVar("S")

BATCH = 500
"""Facts or due cases a transaction: beyond some hundreds a larger batch gains little and delays its first."""
AT_A_STRETCH = 50
"""Facts or due cases decided before others have the processor: relay, reader and leases wait for it some
milliseconds, not for a whole batch."""
FULL = 4 * BATCH
"""Records waiting here before the reader leaves this partition alone."""
LOOK_AHEAD = 60_000_000
"""Physical microseconds of due instants held in memory."""
NEAR = 1_000_000
"""Physical microseconds before their instant at which states are read."""
CATCH_UP = 5_000_000
"""Physical microseconds that time waits at most for facts already on the wire."""
LONGEST_SLEEP = 30.0
"""Seconds; shorter than it takes to be thought stuck."""

_log = structlog.get_logger(__name__)


class Runner(Generic[S]):
    """Runs a process on one partition while the lease holds. Raises Fenced when it does not hold any more."""

    def __init__(
        self,
        process: Process[S],
        lease: Lease,
        ground: Ground,
        store: KitStore[S],
        shared: Shared,
    ) -> None:
        self.process = process
        self.partition = lease.partition
        self.positions = {topic: lease.positions.get(topic, 0) for topic in process.hears}
        self._fence = Fence(lease.partition, ground.owner, lease.epoch)
        self._ground = ground
        self._clock = ground.clock
        self._store = store
        self._shared = shared
        self._stop = asyncio.Event()
        self._rows = Rows(self._load, store.read, shared.room)
        self._due = Due(self._load_due, ground.clock.span(LOOK_AHEAD), ground.clock.span(NEAR))
        self._read: deque[Record] = deque()
        self.expected = dict(self.positions)
        self._outcomes: deque[Fact] = deque()
        self._calls = Calls(process.call, shared.calls, self._hear_outcome, self._fail)
        self._bug: BaseException | None = None
        self.moved_at = ground.clock.real_now()
        self.waits_for_wire = False
        self._news = asyncio.Event()
        self._gate: Mapping[str, float] | None = None
        self._gate_until = 0
        self._wishes: set[str] = set()
        self._pace = Pace(ground.clock)

    @property
    def full(self) -> bool:
        return len(self._read) >= FULL

    def take_in(self, record: Record) -> None:
        """What the reader brought; below the position it was handled in an earlier life."""
        if record.offset >= (expected := self.expected[record.topic]):
            if record.offset > expected:
                metrics.GAPS.inc()
                lost = f"{record.topic} {self.partition}: {expected} to {record.offset - 1}"
                _log.error("the wire has lost facts: this must never happen", lost=lost)
            self.expected[record.topic] = record.offset + 1
            self._read.append(record)
            self._news.set()

    def stop(self) -> None:
        """Let `run` return as soon as the transaction under way is finished."""
        self._stop.set()
        self._news.set()

    async def run(self) -> None:
        """Until told to stop."""
        stop = self._stop
        waits = patience()
        try:
            # Nothing new may be said before what an earlier life left unsaid.
            if self.process.owns:
                await self._shared.relay.sweep([self.partition], stop)
            while not stop.is_set():
                self.moved_at = self._clock.real_now()
                try:
                    with transient():
                        await self._round()
                except TryAgain as away:
                    delay = next(waits)
                    metrics.TRANSIENT_FAILURES.inc()
                    _log.warning("a batch waits", partition=self.partition, again_in=delay, why=str(away))
                    self._due.forget()
                    await first(stop, within=delay)
                    # The commit may have been done after all: then its facts are in the outbox alone.
                    if self.process.owns:
                        await self._shared.relay.sweep([self.partition], stop)
                else:
                    waits = patience()
            await self._finish_calls()
        finally:
            self._calls.cancel()

    async def _finish_calls(self) -> None:
        await self._calls.finish()
        outcomes = list(self._outcomes)[:BATCH]
        if outcomes:
            with suppress(TryAgain), transient():  # else their leases run out, and time finds out
                await self._transact([], outcomes, [], self._clock.now())

    async def _round(self) -> None:
        self._news.clear()
        if self._stop.is_set():
            return
        if self._bug is not None:
            raise self._bug
        await self._rows.warm(await self._due.look_ahead(self._clock.now()))
        now = self._clock.now()
        while self._wishes:
            await self._grant(self._wishes.pop(), now)
        batch = list(islice(self._read, BATCH))
        may_rest = 0 < len(batch) < BATCH and not self._outcomes and self._gate is None
        if may_rest and (rest := self._pace.rest(now, self._due.next())):
            await asyncio.sleep(rest)  # noqa: TID251 - physical, and short
            return
        keys = await self._keys_due(now, batch)
        outcomes = list(islice(self._outcomes, BATCH))
        if batch or outcomes or keys:
            await self._transact(batch, outcomes, keys, now)
            self._pace.handled(len(batch))
        else:
            await self._sleep()

    async def _keys_due(self, now: int, batch: Sequence[Record]) -> list[str]:
        """The cases whose time has come, if with `batch` all facts on the wire at this instant are heard."""
        upcoming = self._due.next()
        if upcoming is None or upcoming > now:
            self._gate = None
            return []
        if self._gate is None:
            self._gate = await self._shared.ends.of(self.partition)
            self._gate_until = self._clock.real_now() + CATCH_UP
        positions = self._after(batch)
        behind = any(positions[topic] < end for topic, end in self._gate.items())
        if behind and self._clock.real_now() < self._gate_until:
            return []
        if behind:
            metrics.TIME_BEFORE_FACTS.inc()
        self._gate = None
        return self._due.take(now, BATCH)

    async def _transact(self, batch: list[Record], outcomes: list[Fact], keys: list[str], now: int) -> None:
        arrivals = [arrival(record, self.process) for record in batch]
        returned = [encode(outcome, self._ground.partitions) for outcome in outcomes]
        arrivals += map(Arrival, returned, outcomes)
        positions = self._after(batch)
        concerned = [each.record.key for each in arrivals if not each.passed_over]
        rows = await self._rows.take(concerned + keys)
        # A silent database may have held all of this up for long, and what was heard meanwhile is of later.
        now = max(now, self._clock.now())
        turn = self._turn(now, heard=runs(batch), outcomes=tuple(returned), woken=tuple(keys))
        fold = Fold(self.process, rows, now)
        for place in range(0, len(arrivals), AT_A_STRETCH):
            fold.hear(arrivals[place : place + AT_A_STRETCH], place)
            await give_way()
        for place in range(0, len(keys), AT_A_STRETCH):
            fold.wake(keys[place : place + AT_A_STRETCH])
            await give_way()
        async with self._shared.connections.one() as conn:
            said = await self._store.commit(conn, self._fence, positions, turn, fold.result)
        self.positions = positions
        for _ in batch:
            self._read.popleft()
        for _ in outcomes:
            self._outcomes.popleft()
        await self._follow_up(fold.result, said)
        committing, second = self._clock.now() - now, self._clock.span(1_000_000)
        bugs = count(fold.result, self.partition, committing, second)
        self._shared.dead_letters.count(bugs, self._clock.real_now())

    def _after(self, batch: Sequence[Record]) -> dict[str, int]:
        """The positions once it is handled."""
        return self.positions | {record.topic: record.offset + 1 for record in batch}

    def _turn(self, now: int, **heard: Any) -> Turn:
        return Turn(now, self._clock.real_now(), self.process.under, **heard)

    async def _follow_up(self, result: Folded[S], said: Sequence[Bundle]) -> None:
        """What comes after a commit: rows may be used again, instants waited for, facts and calls go out."""
        rows = result.rows.values()
        self._due.add((row.wake_at, row.key) for row in rows)
        self._rows.keep(rows)
        for key, call in result.calls:
            self._calls.begin(key, call)  # first: no page waits until the wire has room
        self.waits_for_wire = True
        for bundle in said:
            await self._shared.relay.offer(bundle)
        self.waits_for_wire = False

    def _hear_outcome(self, outcome: Fact) -> None:
        self._outcomes.append(outcome)
        self._news.set()

    def _fail(self, bug: BaseException) -> None:
        self._bug = bug
        self._news.set()

    def wish(self, key: str) -> None:
        """Somebody wants this case's dead letter replayed or discarded."""
        self._wishes.add(key)
        self._news.set()

    async def _grant(self, key: str, now: int) -> None:
        """Replay or discard a case's dead letter, and then what waits behind it."""
        async with self._ground.engine.begin() as conn:
            letters = await letters_of(conn, key)
            if not letters:
                return
            grant = Grant(key, letters[0].wish or "replay", len(letters))
            arrivals = [letter(one.record, self.process.outcomes) for one in letters]
            fold = Fold(self.process, await self._rows.take([key]), now)
            done = fold.replay(key, arrivals, discard_first=grant.wish == "discard")
            turn = self._turn(now, grant=grant)
            said = await self._store.commit(conn, self._fence, {}, turn, fold.result)
            await settle(conn, letters, done, fold.result.failure)
        await self._follow_up(fold.result, said)
        _log.info("dead letter", case=key, done=done, of=len(letters))

    async def _sleep(self) -> None:
        """Until there is news, or the next due instant, or it is time to look further ahead."""
        if self._gate is not None:  # time waits for facts that are on their way
            await self._hear_news((self._gate_until - self._clock.real_now()) / 1_000_000)
            return
        upcoming = self._due.next()
        target = self._due.look_ahead_at() if upcoming is None else min(upcoming, self._due.look_ahead_at())
        sleeping = asyncio.get_running_loop().create_task(self._clock.sleep_until(target))
        sleeping.add_done_callback(self._slept)
        await self._hear_news(LONGEST_SLEEP)
        sleeping.cancel()

    def _slept(self, sleeping: asyncio.Task[None]) -> None:
        # One that was woken early is heard of after the next round has begun: as news it would wake that one.
        if not sleeping.cancelled():
            self._news.set()

    async def _hear_news(self, within: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._news.wait()

    async def _load(self, keys: list[str]) -> list[Stored]:
        async with self._shared.connections.one() as conn:
            return await self._store.load(conn, keys)

    async def _load_due(self, until: int, limit: int) -> list[tuple[int, str]]:
        async with self._shared.connections.one() as conn:
            return await self._store.due(conn, self.partition, until, limit)
