"""What the life of a case allows: one table. Whatever it does not name is refused, with a reason."""

from collections.abc import Mapping
from typing import Literal

Phase = Literal["open", "resolved", "closed", "merged"]

ALIVE: Mapping[Phase, Phase] = {
    "open": "open",
    "resolved": "resolved",
    "closed": "closed",
    "merged": "merged",
}

LIFE: Mapping[str, Mapping[Phase, Phase]] = {
    "case.changed": ALIVE,  # knowledge about a case may be put right at any time
    "customer.replied": ALIVE,  # people write when they like
    "support.replied": ALIVE,
    "support.updated": ALIVE,
    "update.sent": ALIVE,
    "case.status_changed": {"open": "open", "resolved": "resolved"},
    "case.resolved": {"open": "resolved"},
    "case.reopened": {"resolved": "open", "closed": "open"},
    "case.closed": {"open": "closed", "resolved": "closed"},
    "case.merged": {"open": "merged", "resolved": "merged"},
    "case.split": {"open": "open", "resolved": "resolved", "closed": "closed"},
    "case.opened": {},  # once: the first one by its time
    "severity.proposed": ALIVE,
    "severity.confirmed": ALIVE,
    "severity.disputed": ALIVE,
    "exception.requested": {"open": "open"},  # only what runs can be excused
    "exception.approved": {"open": "open"},
    "exception.rejected": ALIVE,
    "exception.ended": ALIVE,
    "disaster.declared": {"open": "open"},
    "service.restored": {"open": "open", "resolved": "resolved"},
    "case.absorbed": {"open": "open", "resolved": "resolved"},
    "policy.moved": {"open": "open", "resolved": "resolved", "closed": "closed"},
    "upstream.disrupted": ALIVE,
    "upstream.restored": ALIVE,
}

NOT_OPENED = "the case had not been opened yet at that time"
_ADVICE: Mapping[Phase, str] = {
    "open": "it is open",
    "resolved": "it is resolved: say case.reopened first",
    "closed": "it is closed: say case.reopened first",
    "merged": "it was merged and lives on in another case",
}


def after(phase: Phase, fact: str) -> Phase | None:
    """The phase after a fact; None: this life does not allow it."""
    return LIFE[fact].get(phase)


def refusal(phase: Phase, fact: str) -> str:
    """Why not, in plain words."""
    if fact == "case.opened":
        return "the case is opened already"
    if fact == "case.reopened" and phase == "open":
        return "only a resolved or closed case can be reopened; it is open"
    return f"not possible in the life of this case: {_ADVICE[phase]}"
