"""Facts as they are said, read from the wire itself."""

import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping

from shared.contracts.envelope import Fact
from shared.contracts.topics import TOPICS
from shared.stream.codec import decode
from shared.stream.wire import Lane, Wire


async def ends(wire: Wire, partitions: Iterable[int]) -> Mapping[Lane, int]:
    """Where all topics end now, on these partitions: watching from there shows what is new."""
    return await wire.ends([(topic, partition) for partition in partitions for topic in TOPICS])


async def watch(wire: Wire, since: Mapping[Lane, int]) -> AsyncGenerator[Fact]:
    """All facts from these offsets on, for ever, in the order in which they come."""
    reader = wire.reader("tocsin-watch")
    reader.assign(dict(since))
    try:
        while True:
            for record in await reader.read(frozenset()):
                yield decode(record)
    finally:
        await reader.close()


async def of_case(facts: AsyncGenerator[Fact], key: str) -> AsyncGenerator[Fact]:
    """Those about one case."""
    async with contextlib.aclosing(facts):
        async for fact in facts:
            if fact.key == key:
                yield fact
