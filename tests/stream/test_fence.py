"""A zombie writes nothing: whoever lost a partition, without knowing it, is stopped by its epoch."""

import asyncio

import pytest
from sqlalchemy import text

from shared.contracts.topics import CASES
from shared.stream.fold import Folded, Row
from shared.stream.lease import Lease, Leases
from shared.stream.settling import settle_partitions
from shared.stream.store import Fence, Fenced, KitStore
from shared.stream.turn import Turn
from tests.stream.conftest import DIARY, PARTITIONS, Diary, Station


async def test_the_epoch_of_a_taken_over_partition_is_refused(station: Station) -> None:
    zombie, heir = station.ground("zombie", lease_term=0.2), station.ground("heir")
    await settle_partitions(zombie)
    held: dict[str, dict[int, Lease]] = {"zombie": {}, "heir": {}}

    async def lost(partition: int) -> None:
        raise AssertionError(f"nobody told the zombie that it lost {partition}")

    async def taken_by_zombie(lease: Lease) -> None:
        held["zombie"][lease.partition] = lease

    async def taken_by_heir(lease: Lease) -> None:
        held["heir"][lease.partition] = lease

    await Leases(zombie, taken_by_zombie, lost).beat()
    assert len(held["zombie"]) == PARTITIONS
    await station.clock.sleep_until(station.clock.now() + 400_000)
    await Leases(heir, taken_by_heir, lost).beat()
    assert len(held["heir"]) == PARTITIONS

    turn = Turn(now=1, at=1, under="")
    store = KitStore(DIARY, PARTITIONS)
    for partition in range(PARTITIONS):
        old, new = held["zombie"][partition], held["heir"][partition]
        assert new.epoch == old.epoch + 1
        row = Row("acme/A-1", Diary(("by the zombie",)), changed=True, rewritten=True)
        fence = Fence(partition, "zombie", old.epoch)
        async with zombie.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            with pytest.raises(Fenced):
                await store.commit(conn, fence, {CASES: 7}, turn, Folded({row.key: row}))
        assert await station.diary(row.key) == ()
        async with heir.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            await store.commit(conn, Fence(partition, "heir", new.epoch), {CASES: 3}, turn, Folded({}))


async def test_what_runner_and_beat_both_miss_is_lost_once(station: Station) -> None:
    zombie, heir = station.ground("zombie", lease_term=0.2), station.ground("heir")
    await settle_partitions(zombie)
    gone: list[int] = []

    async def lost(partition: int) -> None:
        gone.append(partition)
        for other in range(PARTITIONS):  # meanwhile the others' runners are fenced
            if other not in gone:
                await leases.drop(other)

    async def taken(_: Lease) -> None:
        return

    leases = Leases(zombie, taken, lost)
    await leases.beat()
    await station.clock.sleep_until(station.clock.now() + 400_000)
    await Leases(heir, taken, lost).beat()
    await leases.beat()
    assert sorted(gone) == list(range(PARTITIONS))


async def test_what_another_gives_up_is_taken_long_before_the_next_beat(station: Station) -> None:
    ground = station.ground(lease_term=30)  # a beat every ten seconds
    await settle_partitions(ground)
    taken, stop = asyncio.Event(), asyncio.Event()

    async def take(lease: Lease) -> None:
        if lease.partition == 0:
            taken.set()

    async def lost(partition: int) -> None:
        assert partition >= 0

    async with ground.engine.begin() as conn:
        await conn.execute(text("UPDATE partition SET owner = 'other', expires_at = 'infinity'"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Leases(ground, take, lost).run(stop))
        await station.clock.sleep_until(station.clock.now() + 500_000)
        assert not taken.is_set()
        async with ground.engine.begin() as conn:
            await conn.execute(text("UPDATE partition SET owner = NULL WHERE partition = 0"))
        async with asyncio.timeout(6):
            await taken.wait()
        stop.set()
