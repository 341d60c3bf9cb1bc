"""Every transaction is on record: what it heard, in which order, and when."""

import asyncio

from sqlalchemy import text

from shared.contracts.topics import CASES
from shared.stream.dead_letters import wish
from shared.stream.engine import Engine
from shared.stream.turn import Run, Turn, from_columns, runs
from shared.stream.wire import Record
from tests.stream.conftest import DIARY, Station, broken, running, status


def record(topic: str, offset: int) -> Record:
    return Record(topic, 0, "acme/1", (), b"", offset)


def test_a_batch_is_runs_of_offsets_in_the_order_heard() -> None:
    batch = [record("a", 3), record("a", 4), record("b", 9), record("a", 5), record("a", 7)]
    assert runs(batch) == (Run("a", 3, 2), Run("b", 9, 1), Run("a", 5, 1), Run("a", 7, 1))
    assert runs([]) == ()


async def turns(station: Station) -> list[tuple[int, int, Turn, str | None]]:
    async with station.ground().engine.connect() as conn:
        rows = (await conn.execute(text("SELECT * FROM turn ORDER BY partition, number"))).mappings()
        return [(row["partition"], row["number"], from_columns(dict(row)), row["failed"]) for row in rows]


async def test_turns_are_numbered_without_gap_and_cover_all_that_was_heard(station: Station) -> None:
    await station.tell(*(status(f"acme/{case}", n, f"s{n}") for n in (1, 2) for case in range(8)))
    await station.tell(status("acme/0", 3, "wake 10"))
    async with running(Engine(DIARY, station.ground())):
        for case in range(8):
            await station.until(f"acme/{case}", lambda lines: "s2" in lines)
        await station.until("acme/0", lambda lines: "woken" in lines)
    found = await turns(station)
    for partition in {row[0] for row in found}:
        mine = [row for row in found if row[0] == partition]
        assert [row[1] for row in mine] == list(range(1, len(mine) + 1))
        heard = [run for row in mine for run in row[2].heard]
        assert all(run.first == sum(one.count for one in heard[:place]) for place, run in enumerate(heard))
    assert sum(run.count for row in found for run in row[2].heard if run.topic == CASES) == 17
    assert [row[2].woken for row in found if row[2].woken] == [("acme/0",)]


async def test_what_lies_on_the_wire_and_what_was_due_behind_it_are_one_turn(station: Station) -> None:
    """Nobody runs at the instant; then the facts before it and time itself are one transaction's."""
    await station.tell(status("acme/0", 1, "wake 1000", time=station.clock.now()))
    async with running(Engine(DIARY, station.ground())):
        await station.until("acme/0", lambda lines: len(lines) == 1)
    await station.tell(status("acme/1", 1, "other"), status("acme/0", 2, "before"))
    await station.clock.sleep_until(station.clock.now() + 1_100_000)
    async with running(Engine(DIARY, station.ground("two"))):
        lines = await station.until("acme/0", lambda lines: len(lines) == 2)
    assert lines == ("wake 1000", "before")  # it was answered in time: nothing was due any more
    last = [turn for _, _, turn, _ in await turns(station) if turn.woken]
    assert [(turn.woken, bool(turn.heard)) for turn in last] == [(("acme/0",), True)]


async def test_what_could_not_be_decided_and_what_was_wished_is_on_record(station: Station) -> None:
    await station.tell(status("acme/0", 1, "poison"), status("acme/0", 2, "after"))
    ground = station.ground()
    async with running(Engine(DIARY, ground)):
        async with asyncio.timeout(20):
            while not any(failed for *_, failed in await turns(station)):  # noqa: ASYNC110 - a database has no event
                await asyncio.sleep(0.02)
        broken.clear()
        async with ground.engine.begin() as conn:
            assert await wish(conn, "acme/0", "replay")
        await station.until("acme/0", lambda lines: "after" in lines)
    found = await turns(station)
    assert [failed for *_, failed in found if failed] == ['[["acme/0", 0]]']
    grants = [turn.grant for _, _, turn, _ in found if turn.grant]
    assert [(grant.key, grant.wish, grant.letters) for grant in grants] == [("acme/0", "replay", 2)]


async def test_a_turn_is_of_the_instant_at_which_it_is_decided(station: Station) -> None:
    """The database is silent for a while: what was heard meanwhile is not decided by an older instant."""
    ground = station.ground()
    async with running(Engine(DIARY, ground)):
        await station.tell(status("acme/0", 1, "one"))
        await station.until("acme/0", lambda lines: lines == ("one",))
        async with ground.engine.begin() as silence:
            await silence.execute(text("LOCK TABLE state IN ACCESS EXCLUSIVE MODE"))
            await station.tell(*(status(f"acme/{case}", 1, "two") for case in range(1, 9)))
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'state'::regclass")
            async with asyncio.timeout(20):
                while not (await silence.execute(waiting)).scalar_one():  # noqa: ASYNC110 - a database has no event
                    await asyncio.sleep(0.02)
            until = station.clock.now()
            await station.clock.sleep_until(until + 50_000)
        for case in range(1, 9):
            await station.until(f"acme/{case}", lambda lines: lines == ("two",))
    assert [turn.now > until for *_, turn, _ in await turns(station)].count(False) == 1
