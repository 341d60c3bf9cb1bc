"""What a lane holds, for tests."""

from shared.stream.wire import Record, Wire


async def read_lane(wire: Wire, topic: str, partition: int) -> list[Record]:
    """All that is there now, from the beginning."""
    lane = topic, partition
    end = (await wire.ends([lane]))[lane]
    reader = wire.reader("test-reader")
    reader.assign({lane: 0})
    found: list[Record] = []
    try:
        while len(found) < end:
            found += await reader.read(frozenset())
    finally:
        await reader.close()
    return found
