"""Cases kept in memory: as many as there is room for, those used last, each counted once."""

from shared.stream.fold import Row, Stored
from shared.stream.rows import AT_LEAST, Rows


def stored(key: str, size: int = 1000) -> Stored:
    return Stored(key, 1, None, "{}", "s" * (size - AT_LEAST - len("{}")))


def read(found: Stored) -> Row[str]:
    return Row(found.key, found.body, found.version, stored=found)


class Database:
    """What is stored: every case takes 1,000 bytes."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def load(self, keys: list[str]) -> list[Stored]:
        self.read += keys
        return [stored(key) for key in keys]


async def test_a_case_that_was_used_lately_is_not_read_again() -> None:
    database = Database()
    rows = Rows(database.load, read, room=lambda: 3000)
    for keys in (["a", "b"], ["b", "a"], ["a", "c"]):
        rows.keep(await rows.take(keys))
    assert database.read == ["a", "b", "c"]


async def test_those_used_longest_ago_make_room() -> None:
    database = Database()
    rows = Rows(database.load, read, room=lambda: 3000)
    for keys in (["a", "b", "c"], ["a"], ["d"]):
        rows.keep(await rows.take(keys))
    database.read.clear()
    await rows.warm(["a", "c", "d", "b"])
    assert database.read == ["b"]


async def test_a_state_that_grew_takes_more_room() -> None:
    database = Database()
    rows = Rows(database.load, read, room=lambda: 3000)
    a, b = await rows.take(["a", "b"])
    a.stored = stored("a", 2500)
    rows.keep([b, a])
    database.read.clear()
    await rows.take(["a", "b"])
    assert database.read == ["b"]


async def test_what_a_turn_makes_of_a_row_is_not_kept_unless_it_was_written() -> None:
    database = Database()
    rows = Rows(database.load, read, room=lambda: 3000)
    [row] = await rows.take(["a"])
    row.state = "changed and never written"
    rows.keep([row])
    [again] = await rows.take(["a"])
    assert again.state == stored("a").body


async def test_a_case_that_was_never_written_is_not_kept() -> None:
    database = Database()
    rows = Rows(database.load, read, room=lambda: 3000)
    rows.keep([Row("a", "new, and nothing came of it")])
    await rows.take(["a"])
    assert database.read == ["a"]


async def test_a_batch_that_failed_leaves_nothing_behind() -> None:
    database = Database()
    rows = Rows(database.load, read, room=lambda: 3000)
    rows.keep(await rows.take(["a"]))
    await rows.take(["a"])
    await rows.take(["a"])
    assert database.read == ["a", "a"]


async def test_cases_without_a_state_take_room_too() -> None:
    asked: list[str] = []

    async def stateless(keys: list[str]) -> list[Stored]:
        asked.extend(keys)
        return [Stored(key, 1, None, "", None) for key in keys]

    rows = Rows(stateless, read, room=lambda: 2 * AT_LEAST)
    for key in ("a", "b", "c", "b", "a"):
        await rows.warm([key])
    assert asked == ["a", "b", "c", "a"]
