"""Many events at once: each item stands alone, and of two alike the first counts."""

import json

import pytest

from shared.contracts.envelope import partition_of
from tests.support.intake import BATCH, CLOUDEVENT, PARTITIONS, Station, opened, said, sized


class TestBatch:
    async def test_items_stand_alone(self, door: Station) -> None:
        items = [
            opened("1"),
            opened("2", "C-2", time="never"),
            opened("1"),
            opened("1", severity="other"),
            opened("3", "C-3", source="foreign"),
            "no event",
            said("customer.replied", "4", "unheard of"),
        ]
        answer = await door.post(items, BATCH)
        results = answer.json()
        assert answer.status_code == 200
        assert [result["code"] for result in results] == [202, 422, 200, 409, 403, 422, 202]
        assert [result["status"] for result in results] == [
            "accepted", "refused", "repeated", "refused", "refused", "refused", "accepted",
        ]  # fmt: skip
        assert results[1]["id"] == "2"
        assert results[1]["problem"]["errors"][0]["pointer"] == "/time"
        assert await door.journalled() == 2

    async def test_flaws_of_an_item_are_its_own(self, door: Station) -> None:
        good = json.dumps(opened("2")).encode()
        body = b'[{"id":"1","id":"1"}, ' + good + b', "\\ud800", 1e999]'
        answer = await door.post_raw(body, BATCH)
        assert [result["code"] for result in answer.json()] == [400, 202, 422, 422]

    @pytest.mark.parametrize(
        ("count", "kind", "status"),
        [(0, BATCH, 422), (0, "application/json", 422), (1001, BATCH, 413), (1, CLOUDEVENT, 422)],
    )
    async def test_neither_empty_nor_too_long(
        self, door: Station, count: int, kind: str, status: int
    ) -> None:
        answer = await door.post([opened(str(n)) for n in range(count)], kind)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert await door.journalled() == 0

    async def test_a_thousand_at_once(self, door: Station) -> None:
        answer = await door.post([opened(str(n), f"C-{n % 90}") for n in range(1000)], "application/json")
        codes = [result["code"] for result in answer.json()]
        assert codes == [202] * 90 + [422] * 910  # a case is opened once
        assert await door.journalled() == 90

    async def test_of_two_alike_the_first_counts_though_the_second_is_of_another_case(
        self, door: Station
    ) -> None:
        """Long before it comes to the first, the second's case has nothing left to do."""
        here, *there = sorted(
            (f"C-{n}" for n in range(18)), key=lambda case: partition_of(f"demo/{case}", PARTITIONS)
        )
        for n, other in enumerate(there[-8:]):
            many = [said("customer.replied", f"{n}-{m}", here) for m in range(400)]
            items = [*many, said("customer.replied", f"{n}", here), opened(f"{n}", other)]
            results = (await door.post(items, BATCH)).json()
            assert results[-1]["code"] == 409

    async def test_an_item_may_be_as_large_as_an_event(self, door: Station) -> None:
        largest, larger = (sized(id, f"C-{id}", (1 << 20) + more) for id, more in (("1", 0), ("2", 1)))
        answer = await door.post_raw(b"[" + largest + b"," + larger + b"]", BATCH)
        assert [result["code"] for result in answer.json()] == [202, 413]

    async def test_one_event_is_no_batch(self, door: Station) -> None:
        assert (await door.post(opened(), BATCH)).status_code == 422

    async def test_a_batch_may_repeat_what_came_before(self, door: Station) -> None:
        items = [opened(str(n), f"C-{n}") for n in range(5)]
        await door.post(items[2])
        first, second = [(await door.post(items, BATCH)).json() for _ in range(2)]
        assert [result["code"] for result in first] == [202, 202, 200, 202, 202]
        assert [result["code"] for result in second] == [200] * 5
