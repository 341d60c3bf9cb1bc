"""Calls: made after the commit that asked for them, their outcome heard like a fact."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from shared.contracts.case import CaseStatusChanged
from shared.contracts.decision import Call, Decision, Heard, Saying
from shared.contracts.envelope import Fact
from shared.contracts.topics import CASES, CLOCKS
from shared.stream.engine import Engine
from shared.stream.process import Process
from shared.stream.relay import Relay
from shared.stream.wire import Record
from tests.stream.conftest import Diary, Station, running, status


def ask_for_a_call(diary: Diary | None, heard: Heard, now: int) -> Decision[Diary]:
    lines = (diary or Diary()).lines
    assert isinstance(heard, Fact)
    assert isinstance(heard.data, CaseStatusChanged)
    calls = (Call("effect", 1),) if heard.data.status == "call" else ()
    return Decision(Diary((*lines, heard.data.status)), calls=calls)


async def test_a_call_under_way_when_told_to_stop_is_finished_and_on_record(station: Station) -> None:
    begun = asyncio.Event()

    async def call(key: str, asked: Call) -> Fact:
        assert await station.diary(key) == ("call",)  # on record before it is made
        begun.set()
        await asyncio.sleep(0.3)
        outcome = CaseStatusChanged(status=f"done {asked.effect} {asked.attempt}")
        return Fact(key, 0, outcome, "call", "outcome")

    caller = Process("clock", (CASES,), CLOCKS, Diary, ask_for_a_call, call)
    await station.tell(status("acme/A-1", 1, "call"))
    async with running(Engine(caller, station.ground())):
        await asyncio.wait_for(begun.wait(), 30)
    assert await station.diary("acme/A-1") == ("call", "done effect 1")


def contains(text: str, lines: Sequence[str]) -> bool:
    return text in lines


def say_and_call(diary: Diary | None, heard: Heard, now: int) -> Decision[Diary]:
    decision = ask_for_a_call(diary, heard, now)
    return Decision(decision.state, (Saying(CaseStatusChanged(status="said"), now),), calls=decision.calls)


async def test_a_call_does_not_wait_for_a_wire_that_has_no_room(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, released, publish = asyncio.Event(), asyncio.Event(), station.wire.publish

    async def call(key: str, _asked: Call) -> Fact:
        called.set()
        return Fact(key, 0, CaseStatusChanged(status="done"), "call", "outcome")

    async def publish_cases_alone(records: Sequence[Record]) -> None:
        if records[0].topic == CLOCKS:
            await released.wait()
        await publish(records)

    monkeypatch.setattr("shared.stream.engine.Relay", partial(Relay, most=1))
    monkeypatch.setattr(station.wire, "publish", publish_cases_alone)
    caller = Process("clock", (CASES,), CLOCKS, Diary, say_and_call, call)
    async with running(Engine(caller, station.ground())):
        for number, said in enumerate(("on its way", "waits", "call"), start=1):
            await station.tell(status("acme/A-1", number, said))
            await station.until("acme/A-1", partial(contains, said))
        await asyncio.wait_for(called.wait(), 10)
        released.set()
