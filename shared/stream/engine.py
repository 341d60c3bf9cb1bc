"""A process on the stream: leases decide on partitions; a runner each, one reader and one relay for all."""

import asyncio
from typing import Generic, TypeVar

import structlog

from shared.ops import metrics
from shared.ops.process import Stalled
from shared.stream.connections import Connections
from shared.stream.dead_letters import Limit, wished
from shared.stream.ends import Ends
from shared.stream.ground import Ground
from shared.stream.lease import Lease, Leases
from shared.stream.pace import reader_rest
from shared.stream.process import Process
from shared.stream.relay import Relay, measure_outbox
from shared.stream.runner import Runner
from shared.stream.settling import settle_clock, settle_partitions, settle_wire
from shared.stream.shared import Shared
from shared.stream.store import Fenced, KitStore
from shared.stream.transient import TryAgain, transient
from shared.stream.waiting import GRACE, first, insist, patience, unless
from shared.stream.wire import ForeignWire, Lane, Reader

S = TypeVar("S")

CONNECTIONS = 4
ROWS = 64_000_000
"""Bytes of states, as they are stored, that a process keeps in memory."""
CALLS = 8192
"""Calls under way or waiting for their turn at once: many, since one slow receiver must not hold up all
others (how many a receiver gets at once is the caller's to say)."""
EYES = 2.0
"""Seconds between looks at lag, outbox and wishes."""
STALLED = 120_000_000
"""Physical microseconds; a partition's round takes a second at most when nothing is wrong."""

_log = structlog.get_logger(__name__)


class Engine(Generic[S]):
    """Runs one process.

    `stop` is cooperative: transactions under way end, what was said is published if the wire takes it, and
    the leases are given up so that others need not wait for them to expire.
    """

    def __init__(self, process: Process[S], ground: Ground) -> None:
        self._process = process
        self._ground = ground
        self._store = KitStore(process, ground.partitions)
        self._relay = Relay(ground, process.owns)
        self.leases = Leases(ground, self._take, self._lose)
        self._runners: dict[int, tuple[Runner[S], asyncio.Task[None]]] = {}
        self._shared = Shared(
            self._relay,
            Ends(ground.wire, process.hears),
            Connections(ground.engine, CONNECTIONS),
            asyncio.Semaphore(CALLS),
            Limit(),
            lambda: ROWS // max(1, self.held),
        )
        self._changed = False
        self._missing = "it has not begun yet"

    async def missing(self) -> str | None:
        """What this process waits for, for readiness; None when it reads the wire."""
        return self._missing or None

    @property
    def held(self) -> int:
        """How many partitions run here."""
        return len(self._runners)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until told to stop.

        Raises:
            PartitionMismatch: the wire or the database was made for another number of partitions.
            ForeignWire: the database's positions are not of this wire.
            BrokenRelease: too many dead letters. Any other exception is a bug; the process ends loudly.
        """
        await insist(self._prepare, stop, "not ready", self._miss)
        last_words = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._relay.run(last_words))
                tasks.create_task(self._read(stop))
                tasks.create_task(self._watch(stop))
                await self.leases.run(stop)
                last_words.set()
        finally:
            await self._relay.close()
            await self._shared.connections.close()

    def _miss(self, why: str) -> None:
        self._missing = why

    async def _prepare(self) -> None:
        await settle_clock(self._ground)
        await settle_partitions(self._ground)
        await settle_wire(self._ground)
        await self._ground.wire.prepare([*self._process.hears, *self._process.owns], self._ground.partitions)

    async def _take(self, lease: Lease) -> None:
        runner = Runner(self._process, lease, self._ground, self._store, self._shared)
        task = self._tasks.create_task(self._run_partition(runner))
        self._runners[lease.partition] = runner, task
        self._changed = True
        _log.info("partition taken", partition=lease.partition, epoch=lease.epoch)

    async def _lose(self, partition: int) -> None:
        runner, task = self._runners.pop(partition)
        self._changed = True
        runner.stop()
        if task is not asyncio.current_task():
            await asyncio.wait([task])
        _log.info("partition lost", partition=runner.partition)

    async def _run_partition(self, runner: Runner[S]) -> None:
        try:
            await runner.run()
        except Fenced:
            metrics.FENCED.inc()
            if runner.partition in self.leases.held:
                await self.leases.drop(runner.partition)

    async def _read(self, stop: asyncio.Event) -> None:
        """The one reader: brings each runner what the wire has for it."""
        reader = self._ground.wire.reader(self._process.name)
        waits = patience()
        while not stop.is_set():
            try:
                with transient():
                    if self._changed:
                        self._changed = False
                        reader.assign(self._positions())
                    found = await unless(stop, reader.read(self._full()), GRACE) or ()
                    if self._changed:
                        continue  # read for leases that may be over; where the new ones begin is read anew
                    for record in found:
                        held = self._runners.get(record.partition)
                        if held is not None:
                            held[0].take_in(record)
                    self._missing = ""
                    if rest := reader_rest(found):
                        await asyncio.sleep(rest)  # noqa: TID251 - physical, and short
            except TryAgain as away:
                delay = next(waits)
                self._miss(str(away))
                _log.warning("the wire cannot be read", again_in=delay, why=str(away))
                self._changed = True
                await first(stop, within=delay)
            else:
                waits = patience()
        await reader.close()

    def _positions(self) -> dict[Lane, int]:
        return {
            (topic, partition): position
            for partition, (runner, _) in self._runners.items()
            for topic, position in runner.expected.items()
        }

    def _full(self) -> frozenset[Lane]:
        return frozenset(
            (topic, partition)
            for partition, (runner, _) in self._runners.items()
            if runner.full
            for topic in self._process.hears
        )

    async def _watch(self, stop: asyncio.Event) -> None:
        """What ops see: lag and the age of the outbox."""
        reporting = self._ground.wire.reader(self._process.name)
        while not stop.is_set():
            try:
                with transient():
                    await unless(stop, self._measure(reporting), GRACE)
                    await self._pass_wishes_on()
                self._all_move()
            except TryAgain as away:
                _log.warning("lag cannot be measured", why=str(away))
            await first(stop, within=EYES)
        await reporting.close()

    async def _pass_wishes_on(self) -> None:
        async with self._ground.engine.connect() as conn:
            for partition, key in await wished(conn, list(self._runners)):
                if partition in self._runners:
                    self._runners[partition][0].wish(key)

    def _all_move(self) -> None:
        """Raises Stalled when a partition is stuck: a fresh process is the cure."""
        for partition, (runner, _) in self._runners.items():
            still = self._ground.clock.real_now() - runner.moved_at
            if still > STALLED and not runner.waits_for_wire:
                raise Stalled(f"partition {partition}: no round was finished for {still // 1_000_000} s")

    def _handled(self) -> dict[Lane, int]:
        return {
            (topic, partition): position
            for partition, (runner, _) in self._runners.items()
            for topic, position in runner.positions.items()
        }

    async def _measure(self, reporting: Reader) -> None:
        await measure_outbox(self._ground)
        await reporting.report(self._handled())
        handled = self._handled()
        ends = await self._ground.wire.ends(handled)
        for (topic, partition), at in handled.items():
            if at > ends[topic, partition]:
                raise ForeignWire(
                    f"{topic} {partition}: {at} facts were handled and the wire has only"
                    f" {ends[topic, partition]}: its log was lost or is another's"
                )
        for topic in self._process.hears:
            behind = sum(ends[lane] - at for lane, at in handled.items() if lane[0] == topic)
            metrics.CONSUMER_LAG.labels(topic).set(behind)
