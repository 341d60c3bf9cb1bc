"""Where the wire ends: one answer for all partitions that ask at once, never one from before the question."""

import asyncio

from shared.contracts.topics import CASES
from shared.stream.ends import Ends
from tests.stream.conftest import PARTITIONS, Station, status


async def test_partitions_that_ask_at_once_are_told_what_the_wire_has_then(station: Station) -> None:
    await station.tell(*(status(f"acme/A-{n}", 1, "one") for n in range(20)))
    lanes = [(CASES, partition) for partition in range(PARTITIONS)]
    ends = Ends(station.wire, [CASES])
    told = await asyncio.gather(*(ends.of(partition) for partition in range(PARTITIONS)))
    assert {lane: one[CASES] for lane, one in zip(lanes, told, strict=True)} == await station.wire.ends(lanes)

    early = asyncio.create_task(ends.of(0))
    await asyncio.sleep(0)  # it is being asked now
    await station.tell(*(status("acme/A-1", n, "more") for n in range(2, 5)))
    later = [await ends.of(partition) for partition in range(PARTITIONS)]
    await early
    assert sum(one[CASES] for one in later) == 23
