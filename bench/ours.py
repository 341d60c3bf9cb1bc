"""Tocsin's clock service as a contestant of bench/due.py: a real process, on either wire."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench import states
from bench.clock_service import clock_service, prepared
from bench.ground import HOME, ask
from bench.lateness import Told
from shared.contracts.topics import CLOCKS
from shared.ops.local_kafka import LocalKafka
from shared.stream.bundle import unpack
from shared.stream.wire_kafka import PREFIX

_COMMITTED = "(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint"
_DECIDED = f"SELECT key, {_COMMITTED} AS at FROM clock.state WHERE wake_at IS NULL"
_ON_THE_WIRE = f"SELECT records, {_COMMITTED} AS at FROM wire.log WHERE topic = '{CLOCKS}'"


class Tocsin:
    """Committed: the transaction that holds the new state and the fact `clock.breached`.

    On the wire: its append is committed there (Postgres), or the broker has stamped it (Kafka, whole ms).
    """

    def __init__(self, admin_url: str, wire: Literal["postgres", "kafka"], broker: LocalKafka | None) -> None:
        self.name = f"Tocsin, wire {wire}"
        self.settings = f"one process, {states.PARTITIONS} partitions"
        self._admin_url = admin_url
        self._wire = wire
        self._broker = broker
        self._home = HOME / f"due-{wire}"
        self._url = ""
        self._due: Sequence[int] = ()
        self._urls: Mapping[str, str] = {}

    def fill_seconds(self, count: int) -> float:
        return 5 + count / 25_000

    def fill(self, due: Sequence[int]) -> str:
        self._due = due
        self._url, self._urls = asyncio.run(prepared(self._home, self._admin_url, f"due_{self._wire}"))
        asyncio.run(states.fill(self._urls["clock"], self._home / "policies", due))
        if self._broker is not None:
            asyncio.run(_stamped_by_the_broker(self._broker.bootstrap))
        return self._url

    @contextmanager
    def working(self) -> Iterator[Mapping[str, int]]:
        kafka = self._broker.bootstrap if self._broker else ""
        with clock_service(self._home, self._urls, self._wire, kafka) as pid:
            yield {"client": pid} | ({"broker": self._broker.pid} if self._broker else {})

    def told(self) -> Sequence[Told]:
        decided = ask(self._url, _DECIDED)
        if self._broker is None:
            bundles = ask(self._url, _ON_THE_WIRE)
            wired = [(record.key, at) for packed, at in bundles for record in unpack(packed, CLOCKS, 0)]
        else:
            wired = asyncio.run(_read(self._broker.bootstrap))
        decided_at: dict[str, int] = dict(decided)
        told = []
        for key, at in wired:
            # What is there twice, or was never decided, is told without a commit.
            told.append(Told(_number(key), self._due[_number(key)], decided_at.pop(key, None), wired=at))
        # What the relay had not come to at the end.
        told += [Told(_number(key), self._due[_number(key)], at) for key, at in decided_at.items()]
        return told


def _number(key: str) -> int:
    return int(key.rpartition("/")[2])


async def _stamped_by_the_broker(servers: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        stamp = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics([NewTopic(PREFIX + CLOCKS, states.PARTITIONS, 1, topic_configs=stamp)])
    finally:
        await admin.close()


async def _read(servers: str) -> list[tuple[str, int]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        lanes = [TopicPartition(PREFIX + CLOCKS, number) for number in range(states.PARTITIONS)]
        consumer.assign(lanes)
        await consumer.seek_to_beginning(*lanes)
        ends = await consumer.end_offsets(lanes)
        found: list[tuple[str, int]] = []
        while any([await consumer.position(lane) < end for lane, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [((record.key or b"").decode(), record.timestamp * 1000) for record in records]
        return found
    finally:
        await consumer.stop()
