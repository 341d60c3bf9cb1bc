"""The next instants of one partition, against a plain list of them."""

from hypothesis import given
from hypothesis import strategies as st

from shared.stream.due import Due

WINDOW, NEAR = 100, 10
INSTANTS = st.lists(st.integers(0, 400), max_size=60)


class Index:
    """What the database would say."""

    def __init__(self, instants: list[int]) -> None:
        self.entries = sorted((at, f"case {number}") for number, at in enumerate(instants))
        self.pages = 0

    async def load(self, until: int, limit: int) -> list[tuple[int, str]]:
        self.pages += 1
        return [entry for entry in self.entries if entry[0] <= until][:limit]

    def remove(self, keys: list[str]) -> None:
        self.entries = [entry for entry in self.entries if entry[1] not in keys]


@given(
    INSTANTS, st.lists(st.integers(1, 60), min_size=20, max_size=60), st.integers(1, 8), st.integers(2, 30)
)
async def test_all_are_taken_once_in_due_order_and_none_early(
    instants: list[int], steps: list[int], most: int, page: int
) -> None:
    index = Index(instants)
    due = Due(index.load, WINDOW, NEAR, page)
    now, taken = 0, list[tuple[int, str]]()
    entries = {key: at for at, key in index.entries}
    for step in steps:
        now += step
        while True:
            assert all(now < entries[key] <= now + NEAR for key in await due.look_ahead(now))
            keys = due.take(now, most)
            if not keys and due.look_ahead_at() > now:
                break
            assert all(entries[key] <= now for key in keys)
            index.remove(keys)
            taken += [(entries[key], key) for key in keys]
    assert sorted(taken) == sorted((at, key) for key, at in entries.items() if at <= now)
    assert [at for at, _ in taken] == sorted(at for at, _ in taken)


async def test_what_a_commit_makes_due_is_taken_in_its_turn() -> None:
    due = Due(Index([50]).load, WINDOW, NEAR)
    assert await due.look_ahead(0) == []
    due.add([(5, "near"), (30, "far"), (None, "never"), (5000, "beyond")])
    assert (due.next(), due.take(5, 9)) == (5, ["near"])
    assert await due.look_ahead(25) == ["far"]
    assert (due.take(29, 9), due.take(30, 9)) == ([], ["far"])


async def test_what_is_near_is_read_ahead_a_portion_at_a_time() -> None:
    due = Due(Index([1, 2, 3, 4, 5, 6, 7, 25, 26]).load, WINDOW, NEAR, portion=3)
    assert [await due.look_ahead(0) for _ in range(4)] == [
        ["case 0", "case 1", "case 2"],
        ["case 3", "case 4", "case 5"],
        ["case 6"],
        [],
    ]
    assert (due.look_ahead_at(), await due.look_ahead(14), await due.look_ahead(15)) == (15, [], ["case 7"])


async def test_what_is_overdue_is_not_read_ahead() -> None:
    due = Due(Index(list(range(10))).load, WINDOW, NEAR)
    assert await due.look_ahead(7) == ["case 8", "case 9"]
    assert due.take(7, 20) == [f"case {number}" for number in range(8)]


async def test_a_page_is_nearly_used_up_before_the_next_is_read() -> None:
    index = Index(list(range(100)))
    due = Due(index.load, WINDOW, NEAR, page=40)
    taken: list[str] = []
    while len(taken) < 100:
        await due.look_ahead(1000)
        keys = due.take(1000, 10)
        index.remove(keys)
        taken += keys
    assert (len(set(taken)), index.pages) == (100, 4)


async def test_what_is_fresh_does_not_wait_behind_an_outage() -> None:
    due = Due(Index(list(range(100))).load, WINDOW, NEAR, page=40)
    await due.look_ahead(1000)
    due.add([(1000, "fresh"), (1005, "later"), (5000, "much later")])
    taken = due.take(1000, 10)
    assert (taken[0], len(taken)) == ("fresh", 10)
    assert taken[1:] == [f"case {number}" for number in range(9)]
    assert "later" in due.take(1005, 10)


async def test_what_was_fresh_is_forgotten_once_the_index_tells_of_it() -> None:
    index = Index(list(range(100)))
    due = Due(index.load, WINDOW, NEAR, page=101)
    index.entries += [(1001, f"case {number}") for number in range(100, 110)]
    await due.look_ahead(1000)
    due.add([(1002, "fresh")])
    index.entries += [(1002, "fresh")]
    taken: list[str] = []
    while keys := due.take(2000, 50):
        index.remove(keys)
        taken += keys
        await due.look_ahead(2000)
    assert sorted(taken) == sorted({*taken})
    assert len(taken) == 111
