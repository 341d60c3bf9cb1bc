"""The Kafka wire, and the only place that knows aiokafka.

Lanes are assigned by hand: partitions are shared by leases in the database (`lease.py`), which can fence a
transaction there; Kafka's group protocol could not. The group's offsets are committed for lag tools only.
Producer and consumer are rebuilt after any failure: some of aiokafka's do not heal.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.stream.wire import Lane, PartitionMismatch, Record, WireUnavailable, by_lane

PREFIX = "tocsin."
PAGE = 2000
NAP_MS = 500
ACKNOWLEDGE_WITHIN = 15.0
STOP_WITHIN = 1.5
LARGEST = 4 << 20
"""Bytes of a request or of a topic's batch: an event at the door's limit, with its envelope, must fit."""
TOPIC = {"max.message.bytes": str(LARGEST)}


class KafkaWire:
    """`servers` is host:port, several with commas. `replicas` is used for topics that it has to create."""

    def __init__(self, servers: str, *, replicas: int = 1, prefix: str = PREFIX) -> None:
        self._servers = servers
        self._replicas = replicas
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._asking: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()

    async def identity(self) -> str:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        try:
            await admin.start()
            cluster = (await admin.describe_cluster())["cluster_id"]
        except KafkaError as away:
            raise WireUnavailable(f"{type(away).__name__}: {away}") from away
        finally:
            await _bounded(admin.close())
        return f"kafka {cluster}, topics {self._prefix}*"

    async def prepare(self, topics: Iterable[str], partitions: int) -> None:
        names = [self._prefix + topic for topic in sorted(set(topics))]
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        try:
            await admin.start()
            known = set(await admin.list_topics())
            new = [
                NewTopic(name, partitions, self._replicas, topic_configs=TOPIC)
                for name in names
                if name not in known
            ]
            if new:
                with suppress(TopicAlreadyExistsError):
                    await admin.create_topics(new)
            for topic in await admin.describe_topics(names):
                if topic["error_code"] == 0 and len(topic["partitions"]) != partitions:
                    raise PartitionMismatch(
                        f"the topic {topic['topic']} has {len(topic['partitions'])} partitions on Kafka,"
                        f" TOCSIN_PARTITIONS says {partitions}: set it to {len(topic['partitions'])}"
                    )
        except KafkaError as away:
            raise WireUnavailable(f"{type(away).__name__}: {away}") from away
        finally:
            await _bounded(admin.close())

    async def publish(self, records: Sequence[Record]) -> None:
        try:
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN):
                producer = await self._started_producer()
                pending = [
                    await producer.send_batch(batch, self._prefix + topic, partition=partition)
                    for (topic, partition), lane in by_lane(records).items()
                    for batch in _batches(producer, lane)
                ]
                for done in pending:
                    await done
        except (KafkaError, TimeoutError, OSError) as away:
            await self._drop_producer()
            raise WireUnavailable(f"{type(away).__name__}: {away}") from away

    async def _started_producer(self) -> AIOKafkaProducer:
        async with self._lock:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._servers,
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=262_144,
                    max_request_size=LARGEST,
                )
                try:
                    await producer.start()
                except BaseException:
                    await _bounded(producer.stop())
                    raise
                self._producer = producer
            return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _bounded(producer.stop())

    async def ends(self, lanes: Iterable[Lane]) -> Mapping[Lane, int]:
        asked = {
            TopicPartition(self._prefix + topic, partition): (topic, partition) for topic, partition in lanes
        }
        try:
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN):
                consumer = await self._started_asking()
                found = await consumer.end_offsets(list(asked))
        except (KafkaError, TimeoutError, OSError) as away:
            consumer_away, self._asking = self._asking, None
            if consumer_away is not None:
                await _bounded(consumer_away.stop())
            raise WireUnavailable(f"{type(away).__name__}: {away}") from away
        return {asked[lane]: end for lane, end in found.items()}

    async def _started_asking(self) -> AIOKafkaConsumer:
        """A consumer that reads nothing: it only asks where lanes end."""
        async with self._lock:
            if self._asking is None:
                self._asking = await _start(AIOKafkaConsumer(bootstrap_servers=self._servers, group_id=None))
            return self._asking

    def reader(self, group: str) -> "KafkaReader":
        return KafkaReader(self._servers, self._prefix, f"tocsin-{group}")

    async def close(self) -> None:
        await self._drop_producer()
        asking, self._asking = self._asking, None
        if asking is not None:
            await _bounded(asking.stop())


class KafkaReader:
    def __init__(self, servers: str, prefix: str, group: str) -> None:
        self._servers = servers
        self._prefix = prefix
        self._group = group
        self._positions: dict[Lane, int] = {}
        self._assigned = False
        self._consumer: AIOKafkaConsumer | None = None

    def assign(self, positions: Mapping[Lane, int]) -> None:
        self._positions = dict(positions)
        self._assigned = False

    async def read(self, full: frozenset[Lane]) -> Sequence[Record]:
        if not self._positions:
            await _nap()
            return []
        try:
            consumer = await self._started()
            if not self._assigned:
                consumer.assign([self._lane(lane) for lane in self._positions])
                for lane, position in self._positions.items():
                    consumer.seek(self._lane(lane), position)
                self._assigned = True
            open_lanes = [self._lane(lane) for lane in self._positions if lane not in full]
            if not open_lanes:  # an empty list would mean all lanes
                await _nap()
                return []
            found = await consumer.getmany(*open_lanes, timeout_ms=NAP_MS, max_records=PAGE)
        except (KafkaError, OSError) as away:
            await self.close()
            raise WireUnavailable(f"{type(away).__name__}: {away}") from away
        cut = len(self._prefix)
        records = [
            Record(
                lane.topic[cut:],
                lane.partition,
                (message.key or b"").decode(),
                tuple(message.headers),
                message.value or b"",
                message.offset,
            )
            for lane, messages in found.items()
            for message in messages
        ]
        for record in records:
            self._positions[record.topic, record.partition] = record.offset + 1
        return records

    def _lane(self, lane: Lane) -> TopicPartition:
        return TopicPartition(self._prefix + lane[0], lane[1])

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._assigned = False
            self._consumer = await _start(
                AIOKafkaConsumer(
                    bootstrap_servers=self._servers,
                    group_id=self._group,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                    fetch_max_wait_ms=NAP_MS,
                )
            )
        return self._consumer

    async def report(self, positions: Mapping[Lane, int]) -> None:
        if not positions:
            return
        try:
            consumer = await self._started()
            if consumer.assignment() != (wanted := {self._lane(lane) for lane in positions}):
                consumer.assign(list(wanted))
                consumer.pause(*wanted)
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN):
                await consumer.commit({self._lane(lane): offset for lane, offset in positions.items()})
        except (KafkaError, OSError, TimeoutError) as away:
            await self.close()
            raise WireUnavailable(f"{type(away).__name__}: {away}") from away

    async def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._assigned = False
        if consumer is not None:
            await _bounded(consumer.stop())


def _batches(producer: AIOKafkaProducer, lane: Sequence[Record]) -> Iterator[BatchBuilder]:
    """The lane's records in as few batches as hold them: a tenth of what sending them one by one costs."""
    batch = producer.create_batch()
    for record in lane:
        parts = {"key": record.key.encode(), "value": record.value, "headers": list(record.headers)}
        if batch.append(timestamp=None, **parts) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(timestamp=None, **parts)
    if batch.record_count():
        yield batch


async def _start(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    try:
        await consumer.start()
    except BaseException:
        await _bounded(consumer.stop())
        raise
    return consumer


async def _bounded(stopping: Awaitable[object]) -> None:
    """Aiokafka's stop may hang or raise when the broker died meanwhile; we are leaving it either way."""
    with suppress(Exception):
        async with asyncio.timeout(STOP_WITHIN):
            await stopping


async def _nap() -> None:
    await asyncio.sleep(NAP_MS / 10_000)  # noqa: TID251 - nothing to read: a physical pause
