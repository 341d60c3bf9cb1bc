"""What is said on the wire, as somebody outside reads it: each fact, and the instant it was there."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bench.system import System
from shared.contracts.envelope import Fact
from shared.contracts.topics import CLOCKS
from shared.stream.codec import decode


@dataclass(frozen=True, slots=True)
class Heard:
    """`at`: real nanoseconds."""

    at: int
    partition: int
    offset: int
    fact: Fact


async def watch(made: System, topic: str = CLOCKS) -> AsyncIterator[Heard]:
    """All that is said on a topic from now on, without an end."""
    wire = made.wire()
    lanes = [(topic, partition) for partition in range(made.plan.partitions)]
    reader = wire.reader("bench")
    try:
        reader.assign(await wire.ends(lanes))
        while True:
            records = await reader.read(frozenset())
            now = time.time_ns()
            for record in records:
                yield Heard(now, record.partition, record.offset, decode(record))
    finally:
        await reader.close()
        await wire.close()
