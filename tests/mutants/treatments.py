"""What is done to a product, mutated or not: each the smallest that shows the mutants that are seen by it.

A treatment is some lives of the system, one after the other. All but the last end by kill -9, or stand still
until the last has told its story; then all of them go on together until there is nothing left to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cli.events import Event
from shared.contracts.envelope import key_of, partition_of
from shared.contracts.instant import SECOND
from shared.contracts.topics import CASES
from shared.stream.wire import Record
from tests.mutants.faults import Deed, Fault, Point, cut, halt, kill, refuse
from tests.mutants.life import PARTITIONS, SERVICES, TENANT, Life
from tests.mutants.story import LENGTH, SOURCE, opened, story

Lived = Callable[[Life], Awaitable[None]]
OVERDUE = 2 * SECOND
PATIENCE = 30
"""Seconds: a partition whose commits are cut several times in a row waits up to five between two tries."""
ANSWERED = "G"
"""Begins the names of cases that were answered in time, as all could know: none of them is breached."""


@dataclass(frozen=True, slots=True)
class Treatment:
    name: str
    lives: tuple[Lived, ...]
    receivers: str = ""
    """What all receivers do until they are healed, as `ward.py` calls it."""
    settles_within: float = 8
    """Seconds, after the last life has told everything."""
    overdue_after: int = 0
    """After so many physical microseconds it counts as overdue: audited amid the last life, which goes on
    when FOLDER/audited is there."""
    poisoned: int = 0
    """Records on the wire that nobody can read."""


async def plain(life: Life) -> None:
    await life.start(*SERVICES)
    await tell_story(life)


async def tell_story(life: Life, until: int = LENGTH) -> None:
    """As far as so many product seconds."""
    told = [(at, event) for at, event in story(life.begun) if at <= life.begun + until * SECOND]
    for at, event in told:
        await life.wait_until(at)
        await life.tell(event)
    for _, event in told:  # a sender who does not trust us
        await life.tell(event, again=True)


def ended_by(*faults: tuple[str, Point, int, Deed]) -> Lived:
    """The faults end this life."""

    async def life_until(life: Life) -> None:
        life.faults.add(*(Fault(*fault) for fault in faults))
        await plain(life)

    return life_until


def as_another(lived: Lived) -> Lived:
    """As another instance."""

    async def other(life: Life) -> None:
        life.owner = "two"
        await lived(life)

    return other


def again_and_again(
    point: Point, deed: Deed, services: tuple[str, ...] = SERVICES[1:], *, each: int = 3, most: int = 6
) -> Lived:
    """The fault comes with each so many passages, in each service; it lives on."""

    async def life_with(life: Life) -> None:
        life.faults.add(*(Fault(service, point, each, deed, every=True, most=most) for service in services))
        await plain(life)

    return life_with


async def receivers_come_back(life: Life) -> None:
    await life.start(*SERVICES)
    await tell_story(life, until=LENGTH // 4)
    life.mark("heal")
    await tell_story(life)


async def stands_before_its_commit(life: Life) -> None:
    """The clock alone, while nothing else of it holds a lock, and what is new lies on the wire."""
    await life.start("intake")
    await life.tell(*(event for _, event in story(life.begun) if event.type == "case.opened"))
    await life.until("intake", "SELECT count(*) = 0 FROM outbox")
    await life.stop("intake")
    life.faults.add(Fault("clock", "commit", 2, halt))
    await life.start("clock")
    while life.faults.never_came():
        await asyncio.sleep(0.02)


async def nobody_answers(life: Life) -> None:
    """Nothing but time can say anything of these cases, for as long as the audit looks at them."""
    cases = [f"N{number}" for number in range(3)]
    kind, told = opened("P1", "EMEA")
    await life.start(*SERVICES)
    await life.tell(*(Event(f"{case}-1", SOURCE, kind, case, life.begun, told) for case in cases))
    await life.wait_until(life.begun + life.clock.span(3 * OVERDUE))
    life.mark("over-0")
    while not (life.folder / "audited").exists():
        await asyncio.sleep(0.02)
    ended = life.clock.now()
    await life.tell(*(Event(f"{case}-2", SOURCE, "case.resolved", case, ended, {}) for case in cases))


async def answered_while_down(life: Life) -> None:
    """Answers in time are on the wire when the clock comes back, after what they answer was due."""
    cases = [f"{ANSWERED}{number}" for number in range(6)]
    kind, told = opened("P3", "EMEA")
    await life.start(*SERVICES)
    await life.tell(Event("first", SOURCE, kind, "first", life.clock.now(), told))
    await life.until("clock", "SELECT count(*) = 1 FROM state")  # now all of them are at work
    begun = life.begun
    due, over = begun + 20 * SECOND, begun + 25 * SECOND
    await life.tell(*(Event(f"{case}-1", SOURCE, kind, case, begun, told) for case in cases))
    await life.until("clock", f"SELECT count(wake_at) = {len(cases) + 1} FROM state")
    await life.stop("clock")
    if life.clock.now() >= due:
        life.mark("void")
    await life.tell(
        *(Event(f"{case}-2", SOURCE, "support.replied", case, begun + SECOND, {}) for case in cases)
    )
    await life.until("intake", "SELECT count(*) = 0 FROM outbox")
    await life.wait_until(due + SECOND)
    await life.start("clock")
    await life.wait_until(over)
    ended = [*cases, "first"]
    await life.tell(*(Event(f"{case}-3", SOURCE, "case.resolved", case, over, {}) for case in ended))


async def poisoned(life: Life) -> None:
    """A case is parked behind what nobody can read, everywhere; a person discards it."""
    case, begun = "P1", life.begun
    key = key_of(TENANT, case)
    kind, told = opened("P1", "EMEA")
    await life.start(*SERVICES)
    await life.tell(Event(f"{case}-1", SOURCE, kind, case, begun, told))
    for service in SERVICES[1:]:
        await life.until(service, f"SELECT count(*) = 1 FROM state WHERE key = '{key}'")
    await life.publish(
        Record(CASES, partition_of(key, PARTITIONS), key, (("ce_type", b"case.garbled"),), b"{")
    )
    await life.tell(Event(f"{case}-2", SOURCE, "support.replied", case, begun + SECOND, {}))
    await tell_story(life)
    for service in SERVICES[1:]:
        await life.execute(service, "UPDATE dead_letter SET wish = 'discard' WHERE reason IS NOT NULL")
    await life.tell(Event(f"{case}-3", SOURCE, "case.resolved", case, life.clock.now(), {}))


TREATMENTS = {
    one.name: one
    for one in (
        Treatment("plain load", (plain,)),
        Treatment("kill -9 of all before a commit of clock", (ended_by(("clock", "commit", 3, kill)), plain)),
        Treatment("kill -9 of all between commit and wire", (ended_by(("clock", "publish", 2, kill)), plain)),
        Treatment(
            "kill -9 of all between wire and outbox", (ended_by(("clock", "published", 2, kill)), plain)
        ),
        Treatment(
            "SIGSTOP beyond the lease, another instance",
            (stands_before_its_commit, as_another(plain)),
        ),
        Treatment(
            "SIGSTOP beyond the lease, another of its name",
            (stands_before_its_commit, plain),
        ),
        Treatment(
            "half of the commits cut before they come about",
            (again_and_again("commit", cut, ("clock", "escalation"), each=2, most=30),),
            settles_within=PATIENCE,
        ),
        # Half of all commits that ask for a call do not come about.
        Treatment(
            "half of the notifier's commits cut before they come about",
            (again_and_again("commit", cut, ("notifier",), each=2, most=30),),
            settles_within=PATIENCE,
        ),
        # Not the notifier's: an attempt on record that was never made is tried again after half a minute.
        Treatment(
            "connections cut after commits",
            (again_and_again("committed", cut, ("clock", "escalation")),),
        ),
        Treatment("the wire refuses", (again_and_again("publish", refuse),)),
        Treatment("nobody answers, audited amid it", (nobody_answers,), overdue_after=OVERDUE),
        Treatment("a record that nobody can read", (poisoned,), poisoned=1),
        Treatment("answered while the clock was down", (answered_while_down,)),
        Treatment("receivers answer 500", (receivers_come_back,), receivers="answer 500"),
        Treatment("receivers refuse it", (receivers_come_back,), receivers="refuse it"),
        Treatment(
            "receivers take it and drop the line",
            (receivers_come_back,),
            receivers="take it and drop the connection",
        ),
    )
}
