"""decide: a fact about a case, or the time, to deliveries. Who hears of what is decided elsewhere; here, how.

What is said is the difference: a delivery that came to its end in this turn is reported, and one that failed
is followed by the receiver's next channel.
"""

from dataclasses import replace

from services.notifier.domain import delivery as life
from services.notifier.domain.hearing import hear
from services.notifier.domain.ledger import OPEN, CaseDeliveries, Delivery, Status
from services.notifier.domain.message import Send, compose
from services.notifier.domain.planning import fallback
from services.notifier.domain.world import World
from shared.contracts.decision import Decision, Heard, Saying, Wake
from shared.contracts.notifier import DeliveryAccepted, DeliveryFailed, DeliverySuppressed, UpdateSent


def decide(world: World, state: CaseDeliveries | None, heard: Heard, now: int) -> Decision[CaseDeliveries]:
    """The next state of a case's ledger, what became of its deliveries, and the attempts to make now."""
    if isinstance(heard, Wake):
        if state is None:
            raise ValueError("woken for a case that nothing is known of")
        return _settle(world, state, state, now)
    before = state or CaseDeliveries(heard.key)
    after = hear(world, before, heard, now)
    if after is before:
        return Decision(before, wake_at=_wake_at(before))  # it means nothing here; what is due is time's part
    return _settle(world, before, after, now)


def _settle(
    world: World, before: CaseDeliveries, state: CaseDeliveries, now: int
) -> Decision[CaseDeliveries]:
    if not state.deliveries:
        return Decision(state)
    deliveries, updates = dict(state.deliveries), dict(state.updates)
    says: list[Saying] = []
    calls: list[Send] = []
    effects = list(deliveries)
    for effect in effects:  # grows while it is walked: a fallback is settled in the same turn
        was, one = before.deliveries.get(effect), _in_time(world, deliveries[effect], now)
        if len(one.attempts) > len(deliveries[effect].attempts):
            calls.append(_call(state, one, now))
        deliveries[effect] = one
        if one.status in OPEN or (was is not None and was.status is one.status):
            continue
        follows = fallback(state, one, now) if one.status is Status.FAILED else None
        if follows is not None and follows.effect not in deliveries:
            deliveries[follows.effect] = follows
            effects.append(follows.effect)
        says.append(Saying(_report(one, follows, now), now))
        update = updates.get(one.carries)
        if one.status is Status.SENT and update and update.clock and update.sent_at is None:
            updates[update.id] = replace(update, sent_at=now)
            sent = UpdateSent(update=update.id, clock=update.clock, cycle=update.cycle, at=now)
            says.append(Saying(sent, now))
    state = replace(state, deliveries=deliveries, updates=updates)
    return Decision(state, tuple(says), _wake_at(state), tuple(calls))


def _wake_at(state: CaseDeliveries) -> int | None:
    return min((one.next_at for one in state.deliveries.values() if one.next_at is not None), default=None)


def _in_time(world: World, one: Delivery, now: int) -> Delivery:
    """The delivery after what the time asks for: its next attempt, or the end of the present one's lease."""
    if one.next_at is None or one.next_at > now:
        return one
    if one.status is Status.SENDING:
        return life.lease_ran_out(one, now, world.patience)
    return life.attempt(one, now, world.patience)


def _call(state: CaseDeliveries, one: Delivery, now: int) -> Send:
    return Send(
        effect=one.effect,
        attempt=len(one.attempts),
        receiver=one.receiver,
        address=one.address,
        message=compose(state, one, now),
        planned_at=one.planned_at,
        until=one.next_at or now,
    )


def _report(
    one: Delivery, follows: Delivery | None, now: int
) -> DeliveryAccepted | DeliveryFailed | DeliverySuppressed:
    named = {
        "effect": one.effect,
        "page": one.carries,
        "receiver": one.receiver,
        "channel": one.address.channel,
        "attempt": len(one.attempts),
        "at": now,
    }
    match one.status:
        case Status.SENT:
            return DeliveryAccepted.model_validate(named)
        case Status.FAILED:
            further = str(follows.address.channel) if follows else None
            return DeliveryFailed.model_validate({**named, "why": one.reason, "fallback": further})
        case _:
            return DeliverySuppressed.model_validate({**named, "why": one.reason})
