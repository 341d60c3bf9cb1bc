"""What a process says aside goes on a topic of its own, with its own numbers, and is lost no more easily."""

import asyncio
from dataclasses import replace

from sqlalchemy import text

from shared.contracts.case import CaseStatusChanged
from shared.contracts.clock import FactRefused
from shared.contracts.decision import Decision, Heard, Saying
from shared.contracts.envelope import Fact
from shared.contracts.topics import CASES, CLOCKS, REFUSALS
from shared.stream.codec import decode, encode
from shared.stream.engine import Engine
from shared.stream.fold import Arrival, Fold
from shared.stream.store import put_in_outbox
from tests.stream.conftest import DIARY, PARTITIONS, Diary, Station, running, status, write_down

KEY = "acme/A-1"


def grumble(diary: Diary | None, heard: Heard, now: int) -> Decision[Diary]:
    """Writes down what it hears, and refuses it as well if it is `no`."""
    decision = write_down(diary, heard, now)
    if not isinstance(heard, Fact) or heard.data != CaseStatusChanged(status="no"):
        return decision
    refused = FactRefused(fact=heard.id, fact_source=heard.source, fact_type=heard.type, reason="no")
    return decision._replace(says=(Saying(refused, now), *decision.says))


GRUMBLER = replace(DIARY, decide=grumble, aside=(REFUSALS,))
TOLD = [status(KEY, number, text) for number, text in enumerate(("yes", "no", "yes", "no"), 1)]


def test_each_topic_has_numbers_of_its_own() -> None:
    fold = Fold(GRUMBLER, [], 10)
    fold.hear(Arrival(encode(fact, PARTITIONS), fact) for fact in TOLD)
    said = [(fact.topic, fact.sequence, fact.id.partition("#")[2]) for fact in fold.result.says]
    assert said == [
        (CLOCKS, 1, "clocks-1"),
        (REFUSALS, 1, "refusals-1"),
        (CLOCKS, 2, "clocks-2"),
        (CLOCKS, 3, "clocks-3"),
        (REFUSALS, 2, "refusals-2"),
        (CLOCKS, 4, "clocks-4"),
    ]
    assert (fold.result.rows[KEY].thread.said, fold.result.rows[KEY].thread.aside) == (4, {REFUSALS: 2})


async def test_both_come_onto_the_wire(station: Station) -> None:
    await station.tell(*TOLD)
    async with running(Engine(GRUMBLER, station.ground())):
        assert await refused(station, 2) == [1, 2]
    assert [fact.sequence for fact in await station.everything_said()] == [1, 2, 3, 4]


async def test_both_are_published_after_a_crash_that_came_before_it(station: Station) -> None:
    ground = station.ground()
    await station.wire.prepare([CASES, CLOCKS, REFUSALS], PARTITIONS)
    left = [
        encode(fact._replace(topic=topic), PARTITIONS) for fact in TOLD[:1] for topic in (CLOCKS, REFUSALS)
    ]
    async with ground.engine.begin() as conn:
        await conn.execute(text("SELECT 1"))
        for record in left:
            await put_in_outbox(conn, record.topic, [record], 1)
    async with running(Engine(GRUMBLER, ground)):
        assert await refused(station, 1) == [1]
    assert len(await station.everything_said()) == 1


async def refused(station: Station, wanted: int) -> list[int]:
    """The numbers on the topic aside, once there are so many."""
    reader = station.wire.reader("test-refused")
    numbers: list[int] = []
    async with asyncio.timeout(30):
        while len(numbers) < wanted:
            reader.assign({(REFUSALS, partition): 0 for partition in range(PARTITIONS)})
            numbers = [decode(record).sequence for record in await reader.read(frozenset())]
    await reader.close()
    return numbers
