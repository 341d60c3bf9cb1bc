"""Is everything there that was taken, was everything heard, is the ledger true? Each difference, in words."""

import json
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterator, Sequence

from services.notifier.domain.ledger import OPEN, Delivery, Status
from shared.contracts.clock import ClockBreached
from shared.contracts.envelope import Fact, case_of
from shared.contracts.escalation import PageRequested, StepSkipped
from shared.contracts.instant import SECOND, parse, render
from shared.contracts.notifier import PageAcknowledged
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, ESCALATIONS
from tests.chaos.outside import Arrival
from tests.chaos.truth import HEARERS, PROCESSES, Truth

SKEW = 20_000
"""Microseconds by which a slewed clock may be ahead between two alignments."""


def violations(truth: Truth) -> Iterator[str]:
    yield from _journal(truth)
    yield from _wire(truth)
    yield from _pages(truth)
    yield from _ledger(truth)
    yield from _incidents(truth)
    yield from _acknowledged(truth)
    yield from _early(truth)


def _journal(truth: Truth) -> Iterator[str]:
    """What was taken is there once; what is there was told."""
    taken = {told.event.id for told in truth.told if told.taken}
    for told in truth.told:
        if not told.taken:
            yield f"the event {told.event.id} was never taken: {told.answers[-3:]}"
    ids = [id for id, _ in truth.journal]
    yield from (f"the event {id} was taken and is not in the journal" for id in sorted(taken - set(ids)))
    yield from (f"the journal has {id}, which nobody told" for id in sorted(set(ids) - taken))
    if len(ids) != len(set(ids)):
        yield "the journal has an event twice"
    facts = {fact.id: key for (topic, key), of in truth.facts.items() if topic == CASES for fact in of}
    for id, key in truth.journal:
        if facts.get(id) != key:
            yield f"the event {id} of {key} did not become a fact of that case"


def _wire(truth: Truth) -> Iterator[str]:
    """Numbers without gaps, up to what the owner said, and heard to the end by all who listen."""
    for (topic, key), facts in truth.facts.items():
        numbers = [fact.sequence for fact in facts]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{topic} of {key}: the numbers are {numbers}"
    for (topic, key), last in truth.said.items():
        if last != len(truth.facts.get((topic, key), ())):
            yield f"{topic} of {key}: {last} said, {len(truth.facts.get((topic, key), ()))} on the wire"
    for lane in truth.facts:
        if lane not in truth.said:
            yield f"{lane[0]} of {lane[1]}: on the wire, and its owner knows nothing of it"
    yield from truth.conflicts
    for (topic, key), facts in truth.facts.items():
        for service in HEARERS[topic]:
            heard, last = truth.heard.get((service, topic, key), 0), to_be_heard(service, topic, facts)
            if heard != last:
                yield f"{service} heard {topic} of {key} to {heard}, there are {last} for it"
    if truth.unreadable != truth.poisoned:
        yield f"{truth.unreadable} records on the wire cannot be read; {truth.poisoned} were put there"


def to_be_heard(service: str, topic: str, facts: Sequence[Fact]) -> int:
    """The last number that the service must have noted: what it does not heed may pass it by unnoted."""
    process = PROCESSES.any_of(service)
    if topic in process.counted:
        return len(facts)
    heeded = process.heeds or frozenset()
    return max((fact.sequence for fact in facts if fact.type in heeded), default=0)


def _pages(truth: Truth) -> Iterator[str]:
    """Every breach of a P1 that demands a page has one, or the reason why not; every page its delivery."""
    carried = {(key, one.carries) for key, one in truth.ledger.values()}
    for (topic, key), facts in truth.facts.items():
        if topic == ESCALATIONS:
            for fact in facts:
                if isinstance(fact.data, PageRequested) and (key, fact.data.page) not in carried:
                    yield f"{key}: nothing was ever planned for the page {fact.data.page}"
        if topic == CLOCKS:
            escalations = truth.facts.get((ESCALATIONS, key), ())
            for fact in facts:
                breach = fact.data
                if not isinstance(breach, ClockBreached) or breach.clock not in (
                    "first_response",
                    "resolution",
                ):
                    continue
                if not any(_answers(said, breach) for said in escalations):
                    yield f"{key}: nobody was to hear of the breach of {breach.clock}, cycle {breach.cycle}"


def _answers(said: Fact, breach: ClockBreached) -> bool:
    match said.data:
        case PageRequested() as page:
            return (page.clock, page.cycle) == (breach.clock, breach.cycle) and "breach" in page.step
        case StepSkipped() as skipped:
            return "breach" in skipped.step
        case _:
            return False


def _ledger(truth: Truth) -> Iterator[str]:
    """What arrived is on record under its key, what is recorded as sent has arrived, and once.

    Taken twice only where an attempt was made whose fate was not known.
    """
    taken: dict[str, list[Arrival]] = defaultdict(list)
    came: dict[str, int] = defaultdict(int)
    for arrival in truth.arrivals:
        came[arrival.key] += 1
        if arrival.taken:
            taken[arrival.key].append(arrival)
    for key in came:
        if key not in truth.ledger:
            yield f"{key} arrived and is on no record"
    for effect, (key, one) in truth.ledger.items():
        where = f"{key}: {effect} ({one.carries} to {one.receiver} by {one.address})"
        yield from (f"{where} {wrong}" for wrong in _delivery(one, came[effect], len(taken[effect])))


def _delivery(one: Delivery, came: int, taken: int) -> Iterator[str]:
    fates = [attempt.fate for attempt in one.attempts]
    if one.status in OPEN:
        yield f"is {one.status} for ever"
    if one.status is Status.SENT and not taken:
        yield f"is recorded as sent and was never taken: {fates}"
    if one.status in (Status.FAILED, Status.SUPPRESSED) and not one.reason:
        yield f"is {one.status} without a reason"
    if came > len(fates):
        yield f"came {came} times; {len(fates)} attempts are on record"
    accepted = [attempt for attempt in one.attempts if attempt.fate == "accepted" and attempt.ended]
    last = max((attempt.began for attempt in one.attempts[1:]), default=0)
    if any(was.number < len(fates) and was.ended and was.ended <= last for was in accepted):
        yield f"was tried again after it had been accepted: {fates}"
    unsure = sum(fate not in ("try again", "refused") for fate in fates)
    if taken > max(1, unsure):
        yield f"was taken {taken} times: {fates}"


def _incidents(truth: Truth) -> Iterator[str]:
    """One page to one person is one incident for the pager, unless it was withdrawn and asked for anew."""
    incidents: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for arrival in truth.arrivals:
        if arrival.receiver == "pager" and arrival.taken:
            data = arrival.data
            incidents[data["case"], data["page"], data["person"]].add(arrival.key)
    rounds = {(case_of(key), one.carries, one.receiver): one.round for key, one in truth.ledger.values()}
    for named, keys in incidents.items():
        if len(keys) > rounds.get((named[0], named[1], named[2]), 1):
            yield f"{named} opened {len(keys)} incidents: {sorted(keys)}"


def _acknowledged(truth: Truth) -> Iterator[str]:
    """Whoever followed a link and was thanked is on record, or somebody else who was quicker."""
    for link in truth.acknowledged:
        claim = link.rpartition("/ack/")[2].partition(".")[0]
        key, page, *_ = json.loads(urlsafe_b64decode(claim + "=" * (-len(claim) % 4)))
        facts = truth.facts.get((ACKNOWLEDGEMENTS, key), ())
        if not any(isinstance(fact.data, PageAcknowledged) and fact.data.page == page for fact in facts):
            yield f"{key}: the page {page} was acknowledged, and no fact says so"


def _early(truth: Truth) -> Iterator[str]:
    """No page of a breach before the instant that was promised."""
    for arrival in truth.arrivals:
        due = arrival.data.get("due")
        if due and "breach" in str(arrival.data.get("step")) and arrival.at < parse(due) - SKEW:
            early = (parse(due) - arrival.at) / SECOND
            yield f"{arrival.data['case']}: its breach was paged {early:.3f} s early, at {render(arrival.at)}"
