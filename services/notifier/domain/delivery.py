"""The life of one delivery, as one table.

It is planned, an attempt is made, and the attempt ends in one of four ways. An attempt that nothing was heard
of within its lease ends as unknown: the process may have died after the other side took it. It is then made
again under the same key, so that a receiver who looks at the key hears it once.

    planned ──attempt──> sending ──accepted──> sent
       ^                   │ │ └───refused──> failed          (the next channel is planned)
       └────try again──────┘ └─unknown─> uncertain ──attempt──> sending
    planned, uncertain ──needless──> suppressed               (withdrawn, acknowledged)

An acceptance that comes late, after a lease ran out, still ends every other state in sent: it is the truth.
"""

from dataclasses import replace
from typing import Literal

from services.notifier.domain.backoff import gives_up, wait_before_next
from services.notifier.domain.ledger import OPEN, Attempt, Delivery, Status
from services.notifier.domain.outcome import Accepted, Outcome, Refused, TryAgain, Unknown
from services.notifier.domain.world import Patience

Step = Literal["attempt", "accepted", "try again", "unknown", "refused", "given up", "needless"]

TRANSITIONS: dict[tuple[Status, Step], Status] = {
    (Status.PLANNED, "attempt"): Status.SENDING,
    (Status.PLANNED, "needless"): Status.SUPPRESSED,
    (Status.PLANNED, "accepted"): Status.SENT,
    (Status.SENDING, "accepted"): Status.SENT,
    (Status.SENDING, "try again"): Status.PLANNED,
    (Status.SENDING, "unknown"): Status.UNCERTAIN,
    (Status.SENDING, "refused"): Status.FAILED,
    (Status.SENDING, "given up"): Status.FAILED,
    (Status.SENDING, "needless"): Status.SUPPRESSED,
    (Status.UNCERTAIN, "attempt"): Status.SENDING,
    (Status.UNCERTAIN, "needless"): Status.SUPPRESSED,
    (Status.UNCERTAIN, "accepted"): Status.SENT,
    (Status.FAILED, "accepted"): Status.SENT,
    (Status.SUPPRESSED, "accepted"): Status.SENT,
}


def attempt(delivery: Delivery, now: int, patience: Patience) -> Delivery:
    """Put the next attempt on record; the call is made once this is committed."""
    made = Attempt(number=len(delivery.attempts) + 1, began=now)
    return replace(
        delivery,
        status=TRANSITIONS[delivery.status, "attempt"],
        attempts=(*delivery.attempts, made),
        next_at=now + patience.lease,
    )


def lease_ran_out(delivery: Delivery, now: int, patience: Patience) -> Delivery:
    """Nothing was heard of the attempt in time: it may have arrived, or never have left."""
    nothing = Unknown(answer="nothing was heard of this attempt before its lease ran out")
    return ended(delivery, len(delivery.attempts), nothing, now, patience)


def ended(delivery: Delivery, number: int, outcome: Outcome, now: int, patience: Patience) -> Delivery:
    """Record how attempt `number` ended, and what follows. What is recorded already changes nothing."""
    if not 1 <= number <= len(delivery.attempts):
        return delivery
    before = delivery.attempts[number - 1]
    settles = before.fate == "unknown" and isinstance(outcome, Accepted)
    if before.fate is not None and not settles:
        return delivery
    on_record = replace(before, ended=now, fate=outcome.fate, answer=outcome.answer)
    attempts = (*delivery.attempts[: number - 1], on_record, *delivery.attempts[number:])
    delivery = replace(delivery, attempts=attempts)
    if isinstance(outcome, Accepted):
        return _to(delivery, "accepted", next_at=None, reason="")
    if delivery.status is not Status.SENDING or number < len(attempts):
        return delivery
    return _not_taken(delivery, outcome, now, patience)


def needless(delivery: Delivery, why: str) -> Delivery:
    """Nobody needs to hear it any more. An attempt on its way cannot be called back, only not repeated."""
    if delivery.status is Status.SENDING:
        return replace(delivery, needless=why)
    if delivery.status in OPEN:
        return _to(delivery, "needless", next_at=None, reason=why)
    return delivery


def _not_taken(
    delivery: Delivery, outcome: TryAgain | Unknown | Refused, now: int, patience: Patience
) -> Delivery:
    tried = len(delivery.attempts)
    if delivery.needless:
        return _to(delivery, "needless", next_at=None, reason=delivery.needless)
    if isinstance(outcome, Refused):
        return _to(delivery, "refused", next_at=None, reason=outcome.answer)
    asked = outcome.after if isinstance(outcome, TryAgain) else None
    if gives_up(patience, tried, asked, has_next=bool(delivery.rest)):
        why = f"given up after {tried} attempt{'s' if tried > 1 else ''}: {outcome.answer}"
        return _to(delivery, "given up", next_at=None, reason=why)
    wait = wait_before_next(patience, delivery.effect, tried, asked)
    return _to(delivery, outcome.fate, next_at=now + wait, reason=outcome.answer)


def _to(delivery: Delivery, step: Step, *, next_at: int | None, reason: str) -> Delivery:
    status = TRANSITIONS.get((delivery.status, step), delivery.status)
    return replace(delivery, status=status, next_at=next_at, reason=reason)
