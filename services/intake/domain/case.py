"""What is known of a case, folded from its events in the order in which they happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.contracts.instant import Instant

Life = Literal["waiting", "open", "resolved", "closed", "merged"]

LIFE: Mapping[str, Life] = {
    "case.opened": "open",
    "case.resolved": "resolved",
    "case.reopened": "open",
    "case.closed": "closed",
    "case.merged": "merged",
}


@dataclass(frozen=True, slots=True)
class Journalled:
    """An event as the journal keeps it. `position` counts the case's events as accepted, from 1."""

    position: int
    source: str
    id: str
    type: str
    time: Instant
    received: Instant
    text: str
    refused: str | None = None


def case_view(events: Iterable[tuple[Journalled, Mapping[str, Any]]]) -> dict[str, Any]:
    """Attributes, life and status; `events` come with their data. Refused ones have no effect."""
    counted = [(event, data) for event, data in events if event.refused is None]
    counted.sort(key=lambda pair: (pair[0].time, pair[0].position))
    life: Life = "waiting"
    opened: Instant | None = None
    status: str | None = None
    attributes: dict[str, Any] = {}
    for event, data in counted:
        if event.type in ("case.opened", "case.changed"):
            attributes |= data
        if event.type == "severity.proposed":
            attributes["severity"] = data["severity"]
        if event.type == "case.opened":
            opened = event.time
        if event.type == "case.status_changed":
            status = data["status"]
        elif event.type == "case.reopened":
            status = None
        life = LIFE.get(event.type, life)
    if opened is None:
        life = "waiting"
    waiting = len(counted) if opened is None else 0
    return {"life": life, "opened": opened, "status": status, "attributes": attributes, "waiting": waiting}
