"""The door: durable before it answers, numbered per case over replicas, open while the wire is away."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.case import CaseStatusChanged
from shared.contracts.envelope import Fact, partition_of
from shared.contracts.topics import CASES
from shared.ops.database import connect
from shared.stream.codec import decode, encode
from shared.stream.door import Admitted, Door, Numbers, Unavailable
from shared.stream.ground import Ground
from shared.stream.relay import REMEMBERED, Relay
from shared.stream.store import Bundle, put_in_outbox, unsaid
from shared.stream.submissions import Submission
from shared.stream.wire import Lane, Reader, Record, WireUnavailable
from tests.stream.conftest import PARTITIONS, Station, make_kit

NEWS = Fact("acme/A-1", 1, CaseStatusChanged(status="new"), "test", "A-1-1", topic=CASES, sequence=1)


async def admit(
    conn: AsyncConnection, items: Sequence[Submission[str]], numbers: Numbers, now: int
) -> list[Admitted[int]]:
    return [
        Admitted(
            number := numbers.next(one.key),
            Fact(
                key=one.key,
                time=now,
                data=CaseStatusChanged(status=one.item),
                source="test",
                id=f"{one.key}-{number}",
                sequence=number,
            ),
        )
        for one in items
    ]


@asynccontextmanager
async def open_door(ground: Ground) -> AsyncIterator[Door[str, int]]:
    door = Door(CASES, admit, ground)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(door.run(stop))
        try:
            yield door
        finally:
            stop.set()


async def intake_ground(station: Station, url: str, owner: str) -> Ground:
    engine = connect(url, application="test", schema="intake")
    station.leaving.push_async_callback(engine.dispose)
    return Ground(engine, station.wire, station.clock, PARTITIONS, owner, 1.0)


async def facts_on(station: Station, count: int) -> list[Fact]:
    reader = station.wire.reader("test-cases")
    reader.assign({(CASES, partition): 0 for partition in range(PARTITIONS)})
    read: list[Record] = []
    async with asyncio.timeout(30):
        while len(read) < count:
            read += await reader.read(frozenset())
    await reader.close()
    return [decode(record) for record in read]


async def test_two_doors_number_each_case_without_gaps_and_in_order_on_the_wire(
    station: Station, service_urls: dict[str, str]
) -> None:
    url = service_urls["intake"]
    await make_kit(url, "intake", door=True)
    one, two = [await intake_ground(station, url, owner) for owner in ("one", "two")]
    async with open_door(one) as first, open_door(two) as second:
        await asyncio.gather(
            *(
                door.submit([Submission(f"acme/A-{case}", f"{turn}") for case in range(5)])
                for turn in range(20)
                for door in (first, second)
            )
        )
        said = await facts_on(station, 200)
    for case in range(5):
        numbers = [fact.sequence for fact in said if fact.key == f"acme/A-{case}"]
        assert list(dict.fromkeys(numbers)) == list(range(1, 41))


async def test_where_much_comes_a_case_does_not_wait_for_another_that_is_in_a_transaction_of_its_own(
    station: Station, service_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the cases are held up; the others are answered, and what is answered late is so in order."""
    monkeypatch.setattr("shared.stream.door.MUCH", 0)
    url = service_urls["intake"]
    await make_kit(url, "intake", door=True)
    ground = await intake_ground(station, url, "one")
    here, there = (f"acme/A-{n}" for n in cases_of_two_partitions())
    async with open_door(ground) as door:
        await door.submit([Submission(here, "1")])
        async with ground.engine.begin() as holding:
            await holding.execute(
                text("SELECT last FROM numbering WHERE key = :key FOR UPDATE"), {"key": here}
            )
            held = asyncio.create_task(door.submit([Submission(key, "2") for key in (here, there, here)]))
            await asyncio.sleep(0)  # it is submitted before the others
            async with asyncio.timeout(20):
                answered = [await door.submit([Submission(there, "2")]) for _ in range(3)]
            assert not held.done()
        assert (answered, await held) == ([[2], [3], [4]], [2, 1, 3])


def cases_of_two_partitions() -> tuple[int, int]:
    first = partition_of("acme/A-1", PARTITIONS)
    return 1, next(n for n in range(2, 100) if partition_of(f"acme/A-{n}", PARTITIONS) % 2 != first % 2)


class AbsentWire:
    """A wire that is away."""

    async def identity(self) -> str:
        raise WireUnavailable("gone")

    async def prepare(self, topics: object, partitions: int) -> None:
        raise WireUnavailable("gone")

    async def publish(self, records: Sequence[Record]) -> None:
        raise WireUnavailable("gone")

    async def ends(self, lanes: object) -> Mapping[Lane, int]:
        raise WireUnavailable("gone")

    def reader(self, group: str) -> Reader:
        raise WireUnavailable("gone")

    async def close(self) -> None: ...


async def test_the_door_accepts_while_the_wire_is_away_and_the_wire_gets_it_later(
    station: Station, service_urls: dict[str, str]
) -> None:
    url = service_urls["intake"]
    await make_kit(url, "intake", door=True)
    ground = await intake_ground(station, url, "one")
    cut_off = Ground(ground.engine, AbsentWire(), ground.clock, PARTITIONS, "one", 1.0)
    async with open_door(cut_off) as door:
        assert await door.submit([Submission("acme/A-1", "kept")]) == [1]
    async with ground.engine.connect() as conn:
        assert (await conn.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 1
    async with open_door(ground):
        (fact,) = await facts_on(station, 1)
    assert (fact.key, fact.sequence) == ("acme/A-1", 1)


async def test_without_a_database_nothing_is_accepted(station: Station, service_urls: dict[str, str]) -> None:
    engine = connect("postgresql://nobody:x@127.0.0.1:1/none", application="test", schema="intake")
    door = Door(CASES, admit, Ground(engine, station.wire, station.clock, PARTITIONS, "one"))
    stop = asyncio.Event()
    serving = asyncio.create_task(door.serve(stop))
    with pytest.raises(Unavailable):
        await door.submit([Submission("acme/A-1", "lost?")])
    stop.set()
    await serving


async def test_who_comes_after_it_has_closed_is_told_so(
    station: Station, service_urls: dict[str, str]
) -> None:
    url = service_urls["intake"]
    await make_kit(url, "intake", door=True)
    async with open_door(await intake_ground(station, url, "one")) as door:
        await door.submit([Submission("acme/A-1", "open")])
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable, match="ending"):
            await door.submit([Submission("acme/A-1", "closed")])


async def test_what_was_written_a_moment_ago_is_not_read_again_to_be_published(
    station: Station, service_urls: dict[str, str]
) -> None:
    url = service_urls["intake"]
    await make_kit(url, "intake", door=True)
    ground = await intake_ground(station, url, "one")
    record = encode(NEWS, PARTITIONS)
    async with ground.engine.begin() as conn:
        await conn.execute(text("SELECT 1"))
        mine = await put_in_outbox(conn, CASES, [record], 1)
        others = await put_in_outbox(conn, CASES, [record], 2)
        known = {bundle.number: bundle for bundle in mine}
        [first, second] = await unsaid(conn, [CASES], range(PARTITIONS), 10, known)
    assert first is mine[0]
    assert (second.number, second.records) == (others[0].number, [record])


async def test_no_more_is_remembered_than_there_is_room_for(station: Station) -> None:
    relay = Relay(station.ground("one"), [CASES])
    record = encode(NEWS, PARTITIONS)
    for number in range(2 * REMEMBERED // 100):
        relay.remember([Bundle(number, [record] * 100)])
        assert sum(len(bundle.records) for bundle in relay.remembered.values()) <= REMEMBERED
    assert relay.remembered
