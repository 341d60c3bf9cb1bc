"""The ledger of a case as it is shown."""

from typing import Any

from services.notifier.domain.ledger import Attempt, CaseDeliveries, Delivery
from shared.contracts.envelope import case_of
from shared.contracts.instant import render


def ledger_view(state: CaseDeliveries) -> dict[str, Any]:
    """Every delivery with every attempt and its answer, and the pages and updates that they carried."""
    return {
        "case": case_of(state.key),
        "deliveries": [_delivery(one) for one in state.deliveries.values()],
        "pages": [
            {
                "page": name,
                "person": page.asked.person,
                "why": page.asked.why,
                "at": render(page.asked.at),
                "due": _instant(page.asked.due),
                "acknowledgeBy": _instant(page.asked.acknowledge_by),
                "acknowledgedBy": page.acknowledged_by or None,
                "acknowledgedAt": _instant(page.acknowledged_at),
                "unansweredAt": _instant(page.unanswered_at),
                "withdrawn": page.withdrawn or None,
            }
            for name, page in state.pages.items()
        ],
        "updates": [
            {
                "update": update.id,
                "at": render(update.at),
                "nextUpdateBy": _instant(update.next_by),
                "sentAt": _instant(update.sent_at),
                "waiting": update.id in state.waiting,
            }
            for update in state.updates.values()
        ],
    }


def _delivery(one: Delivery) -> dict[str, Any]:
    return {
        "effect": one.effect,
        "carries": one.carries,
        "receiver": one.receiver,
        "channel": one.address.channel,
        "target": one.address.target,
        "status": one.status.value,
        "reason": one.reason or None,
        "plannedAt": render(one.planned_at),
        "nextAt": _instant(one.next_at),
        "attempts": [_attempt(attempt) for attempt in one.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "began": render(attempt.began),
        "ended": _instant(attempt.ended),
        "fate": attempt.fate or "on its way",
        "answer": attempt.answer or None,
    }


def _instant(at: int | None) -> str | None:
    return None if at is None else render(at)
