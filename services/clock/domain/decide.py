"""The clock service's decision: what follows from all facts of a case up to now, less what was said before.

A fact in its order moves the snapshot on. One that comes late (its time lies before what was applied) folds
the whole history anew: what had been missed is said, what never was is retracted. Either way the outcome
depends on the facts and their times alone, not on the order of their arrival.

A fact lets time pass up to its own instant and no further: beyond it other facts may still be on their way,
and a breach must wait for them. Only a wake-up call lets time pass up to now.
"""

from services.clock.domain.case import CaseClocks, Noted, inserted, noted
from services.clock.domain.folding import apply_facts, fold
from services.clock.domain.judgement import (
    Judgement,
    Refusal,
    lost,
    refused,
    reinstated,
    retracted,
    saying,
)
from services.clock.domain.machine import Machine
from shared.contracts.clock import ClockRecomputed
from shared.contracts.decision import Decision, Heard, Saying, Wake
from shared.contracts.envelope import Fact
from shared.contracts.instant import render
from shared.policy.book import PolicyBook


def decide(book: PolicyBook, state: CaseClocks | None, heard: Heard, now: int) -> Decision[CaseClocks]:
    """What a fact or the passing of time means for the clocks of a case.

    Raises:
        UnknownPolicy: the version that the case is pinned to has been taken out of the book.
    """
    case = state or CaseClocks()
    fact = noted(heard) if isinstance(heard, Fact) else None
    history, place = (case.history, len(case.history)) if fact is None else inserted(case.history, fact)
    snapshot = case.snapshot
    if snapshot is None or (fact is not None and (place < snapshot.applied or fact.time < snapshot.at)):
        return _anew(book, case, history, fact, now)
    machine = Machine(book, snapshot)
    apply_facts(machine, history, now)
    if isinstance(heard, Wake):
        machine.advance(now)
    says = [saying(judgement, snapshot.pin.policy) for judgement in machine.judged]
    says += [refused(refusal) for refusal in machine.refused]
    after = CaseClocks(
        history,
        machine.snapshot(),
        (*case.said, *[judgement.spoken for judgement in machine.judged]),
        (*case.refused, *machine.refused),
    )
    return Decision(after, tuple(says), _wake_at(machine, history))


def _wake_at(machine: Machine | None, history: tuple[Noted, ...]) -> int | None:
    """The next timer, or a fact that is dated ahead."""
    applied = machine.applied if machine else 0
    ahead = history[applied].time if machine and applied < len(history) else None
    timer = machine.wake_at() if machine else None
    return min((at for at in (ahead, timer) if at is not None), default=None)


def _anew(
    book: PolicyBook, case: CaseClocks, history: tuple[Noted, ...], fact: Noted | None, now: int
) -> Decision[CaseClocks]:
    """Fold the whole history and say the difference."""
    pin = case.snapshot.pin if case.snapshot else None
    machine, refusals = fold(book, history, pin, now)
    if machine and case.snapshot:
        machine.advance(case.snapshot.at)
    judged = machine.judged if machine else []
    spoken = tuple([judgement.spoken for judgement in judged])
    version = machine.pin.policy if machine else pin.policy if pin else ""
    late = f"{fact.type} of {render(fact.time)} arrived late" if fact and case.snapshot else ""
    gone = [retracted(case.said[place], version, late, now) for place in lost(case.said, spoken)]
    new = [_because(judged[place], late) for place in lost(spoken, case.said)]
    says = [
        *[reinstated(each, now) for each in case.refused if _names(each) not in set(map(_names, refusals))],
        *[each for each in gone if each is not None],
        *[saying(judgement, version) for judgement in new],
        *[refused(each) for each in refusals if _names(each) not in set(map(_names, case.refused))],
        *_moved(case, machine, new, late, now),
    ]
    snapshot = machine.snapshot() if machine else None
    after = CaseClocks(history, snapshot, spoken, tuple(refusals))
    wake_at = _wake_at(machine, history)
    if machine is None:
        wake_at = next(
            (each.time for each in history if each.type == "case.opened" and each.time > now), None
        )
    return Decision(after, tuple(says), wake_at)


def _because(judgement: Judgement, late: str) -> Judgement:
    if judgement.what == "breached" and late and not judgement.cause:
        return judgement._replace(cause=late)
    return judgement


def _names(refusal: Refusal) -> tuple[str, str]:
    return refusal.fact, refusal.source


def _moved(
    case: CaseClocks, machine: Machine | None, new: list[Judgement], late: str, now: int
) -> list[Saying]:
    """Due instants that a late fact moved without any judgement that says so."""
    if case.snapshot is None or machine is None:
        return []
    told = {(each.clock, each.cycle, each.due) for each in new}
    says = []
    for name, cycle in machine.clocks.cycles.items():
        was = case.snapshot.cycles.get(name)
        if was is None or was.number != cycle.number or not (was.open and cycle.open) or was.due == cycle.due:
            continue
        if (name, cycle.number, cycle.due) in told:
            continue
        data = ClockRecomputed(
            clock=name,
            cycle=cycle.number,
            at=now,
            policy=machine.policy.version,
            cause=late,
            was_due=was.due,
            due=cycle.due,
        )
        says.append(Saying(data, now))
    return says
