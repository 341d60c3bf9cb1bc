"""What is read belongs to the lease that it was read for."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from shared.contracts.envelope import partition_of
from shared.ops.database import connect
from shared.stream.engine import Engine
from shared.stream.wire import Lane, Reader, Record
from tests.stream.conftest import DIARY, PARTITIONS, Diary, Station, running, status


class Held:
    """The wire, and a reader that hands on what it has read when it is told to."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire
        self.hands_on = asyncio.Event()
        self.hands_on.set()
        self.read = 0
        self.more = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)

    def reader(self, group: str) -> Reader:
        return HeldReader(self, self._wire.reader(group))

    async def has_read(self, records: int) -> None:
        async with asyncio.timeout(20):
            while self.read < records:
                self.more.clear()
                await self.more.wait()


class HeldReader:
    def __init__(self, held: Held, reader: Reader) -> None:
        self._held = held
        self._reader = reader
        self.report, self.close = reader.report, reader.close

    def assign(self, positions: Mapping[Lane, int]) -> None:
        self._reader.assign(positions)

    async def read(self, full: frozenset[Lane]) -> Sequence[Record]:
        found = await self._reader.read(full)
        self._held.read += len(found)
        self._held.more.set()
        if found:
            await self._held.hands_on.wait()
        return found


def held_anew(engine: Engine[Diary], partition: int, before: int) -> bool:
    lease = engine.leases.held.get(partition)
    return lease is not None and lease.epoch > before


async def test_what_was_read_for_a_lease_is_not_taken_for_the_one_after_it(station: Station) -> None:
    """Another takes the partition over and is gone before it has heard anything: all of it is heard again."""
    key = "acme/A-1"
    partition = partition_of(key, PARTITIONS)
    await station.tell()
    held = Held(station.wire)
    engine = Engine(DIARY, replace(station.ground(), wire=held))
    other = connect(station.database_url, application="test", schema="clock", pool=1)
    async with running(engine):
        async with asyncio.timeout(20):
            while partition not in engine.leases.held:  # noqa: ASYNC110 - a lease has no event
                await asyncio.sleep(0.02)
        before = engine.leases.held[partition].epoch
        async with other.begin() as conn:
            await conn.execute(text("SELECT FROM partition FOR UPDATE"))  # nothing is committed meanwhile
            await station.tell(*(status(key, number, f"line {number}") for number in (1, 2, 3)))
            await held.has_read(3)
            held.hands_on.clear()
            await station.tell(status(key, 4, "line 4"))
            await held.has_read(4)
            taken = "UPDATE partition SET owner = NULL, epoch = epoch + 1, expires_at = '-infinity'"
            await conn.execute(text(taken))
        async with asyncio.timeout(20):
            while not held_anew(engine, partition, before):  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.02)
        held.hands_on.set()
        lines = await station.until(key, lambda lines: len(lines) >= 4)
    await other.dispose()
    assert lines == ("line 1", "line 2", "line 3", "line 4")
