"""Who is reached how: one delivery on the receiver's first channel, and on the next when that one fails."""

from dataclasses import replace

from services.notifier.domain.ledger import CaseDeliveries, Delivery, Page, Status, Update, effect_key
from services.notifier.domain.world import Address, Receiver, World

NOWHERE = Address("none")


def plan_page(world: World, state: CaseDeliveries, page: Page, now: int) -> CaseDeliveries:
    named = page.asked.person
    receiver = world.person(named)
    unreachable = "" if receiver else f"{named} is not in the directory"
    receiver = receiver or Receiver(named, "UTC", ())
    return _plan(state, _first(state.key, page.asked.page, page.round, receiver, now), unreachable)


def plan_update(world: World, state: CaseDeliveries, update: Update, now: int) -> CaseDeliveries:
    """The update to the customer's contact; it waits for its case's opening, and a moment for its promise."""
    customer = state.value("customer")
    if not customer:
        return replace(state, waiting=(*state.waiting, update.id))
    receiver = world.contact(customer, state.value("contact") or None)
    unreachable = "" if receiver else f"customer {customer} has no contact in the directory"
    one = _first(state.key, update.id, 1, receiver or Receiver(customer, "UTC", ()), now)
    if not update.clock and now - update.at > world.patience.stale:
        one = _ended(one, Status.SUPPRESSED, "written too long ago to be news: not passed on")
    elif update.awaits_promise:
        one = replace(one, next_at=now + world.patience.promise)
    return _plan(state, one, unreachable)


def fallback(state: CaseDeliveries, failed: Delivery, now: int) -> Delivery | None:
    """The same on the receiver's next channel, where there is one."""
    if not failed.rest:
        return None
    address, *rest = failed.rest
    return Delivery(
        effect=effect_key(state.key, failed.carries, failed.round, failed.receiver, address),
        carries=failed.carries,
        receiver=failed.receiver,
        zone=failed.zone,
        round=failed.round,
        address=address,
        rest=tuple(rest),
        planned_at=failed.planned_at,
        next_at=now,
    )


def _first(key: str, carries: str, round: int, receiver: Receiver, now: int) -> Delivery:  # noqa: A002
    address, *rest = receiver.channels or (NOWHERE,)
    return Delivery(
        effect=effect_key(key, carries, round, receiver.name, address),
        carries=carries,
        receiver=receiver.name,
        zone=receiver.zone,
        round=round,
        address=address,
        rest=tuple(rest),
        planned_at=now,
        next_at=now,
    )


def _plan(state: CaseDeliveries, one: Delivery, unreachable: str) -> CaseDeliveries:
    if one.address == NOWHERE and one.status is Status.PLANNED:
        why = unreachable or f"the directory names no channel for {one.receiver}"
        one = _ended(one, Status.FAILED, why)
    return replace(state, deliveries={**state.deliveries, one.effect: one})


def _ended(one: Delivery, status: Status, why: str) -> Delivery:
    return replace(one, status=status, reason=why, next_at=None)
