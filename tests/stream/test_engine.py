"""What the kit promises, on both wires: in order, once, never early, and no case held up by another's bug."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.contracts.clock import ClockWarned
from shared.stream.codec import encode
from shared.stream.dead_letters import Summary, open_letters, wish
from shared.stream.engine import Engine
from shared.stream.settling import settle_partitions, settle_wire
from shared.stream.wire import ForeignWire, PartitionMismatch, Wire
from tests.stream.conftest import DIARY, PARTITIONS, Station, broken, running, status


def gaps_counted() -> float:
    return REGISTRY.get_sample_value("tocsin_sequence_gaps_total") or 0


async def test_facts_of_a_case_are_decided_in_order_and_said_with_numbers(station: Station) -> None:
    await station.tell(*(status("acme/A-1", n, f"line {n}") for n in range(1, 6)))
    async with running(Engine(DIARY, station.ground())):
        await station.until("acme/A-1", lambda lines: len(lines) == 5)
        await station.tell(status("acme/A-1", 6, "line 6"))
        lines = await station.until("acme/A-1", lambda lines: len(lines) == 6)
    assert lines == tuple(f"line {n}" for n in range(1, 7))
    said = await station.everything_said()
    assert [fact.sequence for fact in said] == [1, 2, 3, 4, 5, 6]
    assert {fact.correlation for fact in said} == {"acme/A-1-1"}
    assert said[5].causation == "acme/A-1-6"


async def test_repeated_facts_are_dropped(station: Station) -> None:
    first, second = status("acme/A-1", 1, "one"), status("acme/A-1", 2, "two")
    await station.tell(first, second, first, second, status("acme/A-1", 3, "three"))
    async with running(Engine(DIARY, station.ground())):
        lines = await station.until("acme/A-1", lambda lines: len(lines) >= 3)
    assert lines == ("one", "two", "three")


async def test_what_skipped_a_number_is_counted_and_still_taken_when_it_comes(station: Station) -> None:
    before = gaps_counted()
    one, two, three = (status("acme/A-1", n, text) for n, text in enumerate(("one", "two", "three"), 1))
    await station.tell(one, three, two)
    async with running(Engine(DIARY, station.ground())):
        lines = await station.until("acme/A-1", lambda lines: len(lines) == 3)
    assert lines == ("one", "three", "two")
    assert gaps_counted() == before + 1


async def test_a_fact_of_a_newer_release_is_passed_over_and_leaves_no_gap(station: Station) -> None:
    newer = encode(status("acme/A-1", 2, "?"), PARTITIONS)
    headers = tuple((name, b"case.teleported" if name == "ce_type" else text) for name, text in newer.headers)
    await station.tell(status("acme/A-1", 1, "one"))
    await station.wire.publish([newer._replace(headers=headers)])
    await station.tell(status("acme/A-1", 3, "three"))
    before = gaps_counted()
    ground = station.ground()
    async with running(Engine(DIARY, ground)):
        lines = await station.until("acme/A-1", lambda lines: len(lines) == 2)
        async with ground.engine.begin() as conn:
            assert await open_letters(conn) == []
    assert lines == ("one", "three")
    assert gaps_counted() == before


async def test_a_case_is_called_when_it_asked_to_be_and_never_early(station: Station) -> None:
    asked = station.clock.now()
    await station.tell(status("acme/A-1", 1, "wake 300", time=asked))
    async with running(Engine(DIARY, station.ground())):
        await station.until("acme/A-1", lambda lines: lines[-1:] == ("woken",))
    woken = [fact.data for fact in await station.everything_said() if isinstance(fact.data, ClockWarned)][-1]
    assert woken.at >= asked + 300_000


async def test_what_fell_due_in_an_outage_is_called_afterwards_once(station: Station) -> None:
    asked = station.clock.now()
    async with running(Engine(DIARY, station.ground())):
        await station.tell(status("acme/A-1", 1, "wake 5000", time=asked))
        await station.until("acme/A-1", lambda lines: len(lines) == 1)
    await station.clock.sleep_until(asked + 5_100_000)
    assert await station.diary("acme/A-1") == ("wake 5000",)
    async with running(Engine(DIARY, station.ground())):
        await station.until("acme/A-1", lambda lines: len(lines) == 2)
        await station.tell(status("acme/A-2", 1, "done"))
        await station.until("acme/A-2", lambda lines: len(lines) == 1)
    assert await station.diary("acme/A-1") == ("wake 5000", "woken")


async def test_facts_on_the_wire_go_before_time(station: Station) -> None:
    """The case asked to be woken long ago; what came meanwhile is heard first and cancels the call."""
    asked = station.clock.now()
    async with running(Engine(DIARY, station.ground())):
        await station.tell(status("acme/A-1", 1, "wake 6000", time=asked))
        await station.until("acme/A-1", lambda lines: len(lines) == 1)
    await station.tell(status("acme/A-1", 2, "resolved"))
    await station.clock.sleep_until(asked + 6_100_000)
    async with running(Engine(DIARY, station.ground())):
        await station.until("acme/A-1", lambda lines: len(lines) == 2)
        await station.tell(status("acme/A-1", 3, "after"))
        lines = await station.until("acme/A-1", lambda lines: lines[-1] == "after")
    assert lines == ("wake 6000", "resolved", "after")


async def test_a_bug_parks_its_case_alone_and_a_replay_goes_on_in_order(station: Station) -> None:
    await station.tell(
        status("acme/A-1", 1, "one"),
        status("acme/A-1", 2, "poison"),
        status("acme/A-1", 3, "three"),
        status("acme/B-1", 1, "other"),
    )
    ground = station.ground()
    async with running(Engine(DIARY, ground)):
        await station.until("acme/B-1", lambda lines: lines == ("other",))
        await station.until("acme/A-1", lambda lines: lines == ("one",))
        async with ground.engine.begin() as conn:
            (letter,) = await open_letters(conn)
            assert (letter.key, letter.behind, "Poison" in letter.reason) == ("acme/A-1", 1, True)
            assert await wish(conn, "acme/A-1", "replay")
        await asyncio.sleep(2.5)  # still the broken release: it fails again and keeps its place
        assert await station.diary("acme/A-1") == ("one",)
        broken.clear()
        async with ground.engine.begin() as conn:
            assert await wish(conn, "acme/A-1", "replay")
        await station.until("acme/A-1", lambda lines: lines == ("one", "poison", "three"))
        await station.tell(status("acme/A-1", 4, "four"))
        await station.until("acme/A-1", lambda lines: lines[-1] == "four")
        async with ground.engine.begin() as conn:
            assert await open_letters(conn) == []


async def test_a_discarded_dead_letter_lets_the_others_pass(station: Station) -> None:
    await station.tell(status("acme/A-1", 1, "poison"), status("acme/A-1", 2, "two"))
    ground = station.ground()
    async with running(Engine(DIARY, ground)):
        async with asyncio.timeout(20):
            letters: list[Summary] = []
            while not letters:
                async with ground.engine.begin() as conn:
                    letters = await open_letters(conn)
                    await wish(conn, "acme/A-1", "discard")
        await station.until("acme/A-1", lambda lines: lines == ("two",))


async def test_two_instances_share_the_partitions_and_take_over_from_each_other(station: Station) -> None:
    one, two = Engine(DIARY, station.ground("one")), Engine(DIARY, station.ground("two"))
    async with running(one):
        async with running(two):
            async with asyncio.timeout(20):
                while (one.held, two.held) != (PARTITIONS // 2, PARTITIONS // 2):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await station.tell(*(status(f"acme/A-{n}", 1, "both") for n in range(40)))
            for n in range(40):
                await station.until(f"acme/A-{n}", lambda lines: lines == ("both",))
        await station.tell(*(status(f"acme/A-{n}", 2, "alone") for n in range(40)))
        for n in range(40):
            await station.until(f"acme/A-{n}", lambda lines: lines == ("both", "alone"))
        assert one.held == PARTITIONS
    said = await station.everything_said()
    assert len({(fact.key, fact.sequence) for fact in said}) == 80


async def test_another_number_of_partitions_is_refused_at_start(station: Station) -> None:
    await settle_partitions(station.ground())
    with pytest.raises(PartitionMismatch, match=r"made for 4 partitions.*says 8.*Set it to 4"):
        await settle_partitions(station.ground(partitions=8))
    await station.wire.prepare(["cases"], PARTITIONS)
    with pytest.raises(PartitionMismatch, match="has 4 partitions"):
        await station.wire.prepare(["cases"], 8)


class OtherWire:
    """The same wire under another name."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def identity(self) -> str:
        return "another"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)


async def test_positions_of_one_wire_are_not_used_on_another(station: Station) -> None:
    ground = station.ground()
    async with running(Engine(DIARY, ground)):
        await station.tell(status("acme/A-1", 1, "one"))
        await station.until("acme/A-1", lambda lines: lines == ("one",))
    with pytest.raises(ForeignWire, match="give this one a database of its own"):
        await settle_wire(replace(ground, wire=OtherWire(station.wire)))
