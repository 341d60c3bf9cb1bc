"""A history of facts, folded: the machine of the case after them, and all that was judged on the way."""

from typing import NamedTuple

from services.clock.domain.case import CaseClocks, Noted, Pin
from services.clock.domain.judgement import Judgement, Refusal
from services.clock.domain.lifecycle import NOT_OPENED
from services.clock.domain.machine import Machine
from shared.policy.book import PolicyBook, UnknownPolicy


class Folded(NamedTuple):
    """The outcome of a whole history."""

    machine: Machine | None
    refused: list[Refusal]


def fold(book: PolicyBook, history: tuple[Noted, ...], pin: Pin | None, now: int) -> Folded:
    """The machine after all facts up to now; None before anybody has opened the case."""
    refusals: list[Refusal] = []
    for place, fact in enumerate(history):
        if fact.type != "case.opened" or fact.time > now:
            continue
        try:
            bound = _pin(book, fact, pin)
        except UnknownPolicy as unknown:
            refusals.append(Refusal(fact.time, fact.id, fact.source, fact.type, str(unknown)))
            continue
        early = [each for each in history[:place] if each.type != "case.opened"]
        refusals += [Refusal(each.time, each.id, each.source, each.type, NOT_OPENED) for each in early]
        machine = Machine.opening(book, bound, place, fact)
        apply_facts(machine, history, now)
        return Folded(machine, refusals + machine.refused)
    return Folded(None, refusals)


def apply_facts(machine: Machine, history: tuple[Noted, ...], now: int) -> None:
    """Apply the facts whose time has come, and let time pass up to each."""
    for fact in history[machine.applied :]:
        if fact.time > now:
            break
        machine.advance(fact.time)
        machine.apply(fact)


def judgements(book: PolicyBook, case: CaseClocks) -> list[Judgement]:
    """All that was judged of a case, in full; the state keeps only which judgements were said."""
    if case.snapshot is None:
        return []
    machine, _ = fold(book, case.history, case.snapshot.pin, case.snapshot.at)
    if machine is None:
        return []
    machine.advance(case.snapshot.at)
    return machine.judged


def _pin(book: PolicyBook, opening: Noted, pin: Pin | None) -> Pin:
    """An opening binds once: a directory that changes later does not change what was agreed."""
    if pin is not None and (pin.opening, pin.source) == (opening.id, opening.source):
        return pin
    customer = str(opening.data.get("customer"))
    policy = book.for_customer(customer, opening.time)
    return Pin(
        opening.id, opening.source, policy.version, dict(book.directory.customers[customer].attributes)
    )
