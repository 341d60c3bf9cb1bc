"""What each fact means for the ledger. Nothing is sent here; that is time's part."""

from collections.abc import Mapping
from dataclasses import replace

from services.notifier.domain import delivery as life
from services.notifier.domain.ledger import CaseDeliveries, Known, Page, Promise, Status, Update
from services.notifier.domain.outcome import CallEnded
from services.notifier.domain.planning import plan_page, plan_update
from services.notifier.domain.world import World
from shared.contracts.case import (
    CaseChanged,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseStatusChanged,
    SupportUpdated,
)
from shared.contracts.clock import (
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockRecomputed,
    ClockResumed,
    ClockSaid,
    ClockStarted,
    UpdateRequested,
)
from shared.contracts.envelope import Fact
from shared.contracts.escalation import PageRequested, PageUnanswered, PageWithdrawn
from shared.contracts.notifier import PageAcknowledged

ATTRIBUTES = ("customer", "contact", "title", "severity")


HEEDS: frozenset[str] = frozenset(
    said.type
    for said in (
        *(CallEnded, PageRequested, PageWithdrawn, PageUnanswered, PageAcknowledged),
        *(UpdateRequested, ClockStarted, ClockResumed, ClockRecomputed),
        *(ClockPaused, ClockMet, ClockCancelled),
        *(CaseOpened, CaseChanged, CaseStatusChanged, CaseResolved, CaseReopened, CaseClosed, SupportUpdated),
    )
)
"""The types of facts that may mean something here; no other changes anything."""


def hear(world: World, state: CaseDeliveries, fact: Fact, now: int) -> CaseDeliveries:
    """The ledger after a fact; the very same object where the fact means nothing to it."""
    match fact.data:
        case CallEnded() as said:
            state = _call_ended(world, state, said, now)
        case PageRequested() as said:
            state = _page_requested(world, state, said, now)
        case PageWithdrawn() as said:
            state = _page_withdrawn(state, said)
        case PageUnanswered() as said:
            state = _page_unanswered(state, said)
        case PageAcknowledged() as said:
            state = _page_acknowledged(state, said)
        case UpdateRequested() as said:
            state = _update_requested(world, state, said, now)
        case ClockStarted() | ClockResumed() | ClockRecomputed() as said:
            state = _promised(world, state, said, said.due, now)
        case ClockPaused() | ClockMet() | ClockCancelled() as said:
            state = _promised(world, state, said, None, now)
        case _:
            state = _about_the_case(world, state, fact, now)
    return state


def _about_the_case(world: World, state: CaseDeliveries, fact: Fact, now: int) -> CaseDeliveries:
    match fact.data:
        case CaseOpened() | CaseChanged() as said:
            return _attributes(world, state, fact.time, said, now)
        case CaseStatusChanged() as said:
            return _know(state, fact.time, {"status": said.status})
        case CaseResolved() | CaseReopened() | CaseClosed() as said:
            return _know(state, fact.time, {"status": said.type.removeprefix("case.")})
        case SupportUpdated() as said:
            return _support_updated(world, state, fact, said, now)
        case _:
            return state


def _call_ended(world: World, state: CaseDeliveries, said: CallEnded, now: int) -> CaseDeliveries:
    one = state.deliveries.get(said.effect)
    if one is None:
        return state
    one = life.ended(one, said.attempt, said.outcome, now, world.patience)
    return replace(state, deliveries={**state.deliveries, said.effect: one})


def _page_requested(world: World, state: CaseDeliveries, said: PageRequested, now: int) -> CaseDeliveries:
    before = state.pages.get(said.page)
    if before is not None and not before.withdrawn:
        return state  # it is being said already
    page = Page(said, round=before.round + 1 if before else 1)
    return plan_page(world, _with_page(state, page), page, now)


def _page_withdrawn(state: CaseDeliveries, said: PageWithdrawn) -> CaseDeliveries:
    page = state.pages.get(said.page)
    if page is None:
        return state
    return _needless(
        _with_page(state, replace(page, withdrawn=said.why)), said.page, f"withdrawn: {said.why}"
    )


def _page_unanswered(state: CaseDeliveries, said: PageUnanswered) -> CaseDeliveries:
    """Others hear of it now. Its own attempts go on: whoever has not heard of it yet still must."""
    page = state.pages.get(said.page)
    return state if page is None else _with_page(state, replace(page, unanswered_at=said.at))


def _page_acknowledged(state: CaseDeliveries, said: PageAcknowledged) -> CaseDeliveries:
    page = state.pages.get(said.page)
    if page is None or page.acknowledged_by:
        return state
    page = replace(page, acknowledged_by=said.by, acknowledged_at=said.at)
    return _needless(_with_page(state, page), said.page, f"acknowledged by {said.by}")


def _update_requested(world: World, state: CaseDeliveries, said: UpdateRequested, now: int) -> CaseDeliveries:
    if said.update in state.updates:
        return state
    update = Update(id=said.update, at=said.at, clock=said.clock, cycle=said.cycle, next_by=said.next_due)
    return plan_update(world, _with_update(state, update), update, now)


def _support_updated(
    world: World, state: CaseDeliveries, fact: Fact, said: SupportUpdated, now: int
) -> CaseDeliveries:
    """Support's own words are passed on, with the promise that the update clock makes in the same moment."""
    if not said.text:
        return state
    due = [one.due for one in state.promises.values() if one.due is not None and one.at >= fact.time]
    update = Update(
        id=f"relay-{fact.sequence}",
        at=fact.time,
        text=said.text,
        next_by=min(due, default=None),
        awaits_promise=not due,
    )
    return plan_update(world, _with_update(state, update), update, now)


def _promised(
    world: World, state: CaseDeliveries, said: ClockSaid, due: int | None, now: int
) -> CaseDeliveries:
    """The update clock started, moved, paused or ended: what the customer may be promised changed."""
    if said.clock not in world.update_clocks:
        return state
    promises = {**state.promises, said.clock: Promise(said.at, due)}
    told = {
        name: replace(update, next_by=due, awaits_promise=False)
        for name, update in state.updates.items()
        if update.awaits_promise and due is not None and said.at >= update.at
    }
    if not told:
        return replace(state, promises=promises)
    deliveries = {
        effect: replace(one, next_at=now)
        if one.carries in told and one.status is Status.PLANNED and not one.attempts
        else one
        for effect, one in state.deliveries.items()
    }
    return replace(state, promises=promises, updates={**state.updates, **told}, deliveries=deliveries)


def _attributes(
    world: World, state: CaseDeliveries, at: int, said: CaseOpened | CaseChanged, now: int
) -> CaseDeliveries:
    values = {name: value for name in ATTRIBUTES if (value := getattr(said, name)) is not None}
    state = _know(state, at, values)
    if state.waiting and state.value("customer"):
        waited, state = state.waiting, replace(state, waiting=())
        for update in waited:
            state = plan_update(world, state, state.updates[update], now)
    return state


def _know(state: CaseDeliveries, at: int, values: Mapping[str, str]) -> CaseDeliveries:
    newer = {
        name: Known(at, value)
        for name, value in values.items()
        if name not in state.known or state.known[name].at <= at
    }
    return replace(state, known={**state.known, **newer}) if newer else state


def _with_page(state: CaseDeliveries, page: Page) -> CaseDeliveries:
    return replace(state, pages={**state.pages, page.asked.page: page})


def _with_update(state: CaseDeliveries, update: Update) -> CaseDeliveries:
    return replace(state, updates={**state.updates, update.id: update})


def _needless(state: CaseDeliveries, page: str, why: str) -> CaseDeliveries:
    deliveries = {
        effect: life.needless(one, why) if one.carries == page else one
        for effect, one in state.deliveries.items()
    }
    return replace(state, deliveries=deliveries)
