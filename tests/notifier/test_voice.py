"""Between the ledger's call and a channel: turns, time limits, and bugs that do not stay hidden."""

import asyncio
from dataclasses import replace

import pytest

from services.notifier.channels.channel import Outgoing
from services.notifier.channels.voice import AT_ONCE, Voice
from services.notifier.domain.message import Send
from services.notifier.domain.outcome import Accepted, CallEnded, Outcome, Refused, TryAgain, Unknown
from services.notifier.domain.world import Address
from shared.contracts.instant import SECOND
from tests.notifier.desk import KEY, START, Desk, page
from tests.support.manual_clock import ManualClock

SECRETS = (b"s" * 32,)


class Doorway:
    """A channel that lets nobody through until it is opened."""

    def __init__(self) -> None:
        self.inside: list[Outgoing] = []
        self.open = asyncio.Event()
        self.came = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.inside.append(outgoing)
        self.came.set()
        await self.open.wait()
        return Accepted("ok")


class Broken:
    async def send(self, outgoing: Outgoing) -> Outcome:
        raise RuntimeError(outgoing.effect)


def a_call(target: str = "a@slow.example") -> Send:
    desk = Desk()
    desk.hears(0, page())
    return replace(desk.sent[0], address=Address("email", target))


async def outcome(voice: Voice, call: Send) -> Outcome:
    fact = await voice.call(KEY, call)
    assert (fact.key, fact.sequence, fact.topic) == (KEY, 0, "")
    assert isinstance(fact.data, CallEnded)
    return fact.data.outcome


async def test_a_slow_receiver_takes_up_its_own_turns_alone() -> None:
    slow = Doorway()
    voice = Voice({"email": slow}, ManualClock(START), "http://here", SECRETS)
    waiting = [asyncio.create_task(voice.call(KEY, a_call())) for _ in range(AT_ONCE + 5)]
    other = asyncio.create_task(voice.call(KEY, a_call("a@other.example")))
    while len(slow.inside) < AT_ONCE + 1:
        slow.came.clear()
        await slow.came.wait()
    assert slow.inside[-1].target == "a@other.example"
    slow.open.set()
    await asyncio.gather(*waiting, other)


async def test_what_waited_for_longer_than_its_lease_is_not_begun() -> None:
    slow, clock = Doorway(), ManualClock(START)
    slow.open.set()
    voice = Voice({"email": slow}, clock, "http://here", SECRETS)
    call = a_call()
    assert isinstance(await outcome(voice, replace(call, until=START + SECOND // 2)), TryAgain)
    assert slow.inside == []
    assert isinstance(await outcome(voice, call), Accepted)


async def test_a_bug_in_a_channel_is_on_the_ledger_as_unknown() -> None:
    voice = Voice({"email": Broken()}, ManualClock(START), "http://here", SECRETS)
    assert isinstance(await outcome(voice, a_call()), Unknown)


async def test_a_channel_that_is_not_set_up_is_refused_by_name() -> None:
    voice = Voice({}, ManualClock(START), "http://here", SECRETS)
    refused = await outcome(voice, a_call())
    assert isinstance(refused, Refused)
    assert "email" in refused.answer


@pytest.mark.parametrize(("asks", "begins"), [(START + SECOND, "http://here/ack/"), (None, "None")])
async def test_only_a_page_that_asks_for_it_has_a_link(asks: int | None, begins: str) -> None:
    slow = Doorway()
    slow.open.set()
    voice = Voice({"email": slow}, ManualClock(START), "http://here/", SECRETS)
    desk = Desk()
    desk.hears(0, page(acknowledge_by=asks))
    await voice.call(KEY, desk.sent[0])
    assert str(slow.inside[0].link).startswith(begins)
