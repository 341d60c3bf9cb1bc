"""Cases kept in memory: as many as there is room for, those used last, each counted once."""

from shared.stream.fold import Row
from shared.stream.rows import AT_LEAST, Rows


class Database:
    """What is stored: every case of 700 bytes."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def load(self, keys: list[str]) -> list[Row[str]]:
        self.read += keys
        return [Row(key, key.upper(), 1, stored=1000 - AT_LEAST) for key in keys]


async def test_a_case_that_was_used_lately_is_not_read_again() -> None:
    database = Database()
    rows = Rows(database.load, room=lambda: 3000)
    for keys in (["a", "b"], ["b", "a"], ["a", "c"]):
        rows.keep(await rows.take(keys))
    assert database.read == ["a", "b", "c"]


async def test_those_used_longest_ago_make_room() -> None:
    database = Database()
    rows = Rows(database.load, room=lambda: 3000)
    for keys in (["a", "b", "c"], ["a"], ["d"]):
        rows.keep(await rows.take(keys))
    database.read.clear()
    await rows.warm(["a", "c", "d", "b"])
    assert database.read == ["b"]


async def test_a_state_that_grew_takes_more_room() -> None:
    database = Database()
    rows = Rows(database.load, room=lambda: 3000)
    taken = await rows.take(["a", "b"])
    taken[0].stored += 1500
    rows.keep(reversed(taken))
    database.read.clear()
    await rows.take(["a", "b"])
    assert database.read == ["b"]


async def test_a_batch_that_failed_leaves_nothing_behind() -> None:
    database = Database()
    rows = Rows(database.load, room=lambda: 3000)
    rows.keep(await rows.take(["a"]))
    await rows.take(["a"])
    await rows.take(["a"])
    assert database.read == ["a", "a"]


async def test_cases_without_a_state_take_room_too() -> None:
    read: list[str] = []

    async def stateless(keys: list[str]) -> list[Row[str]]:
        read.extend(keys)
        return [Row(key) for key in keys]

    rows = Rows(stateless, room=lambda: 2 * AT_LEAST)
    for key in ("a", "b", "c", "b", "a"):
        await rows.warm([key])
    assert read == ["a", "b", "c", "a"]
