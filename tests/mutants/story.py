"""What happens to some cases: short, and with everything in it that the policies of tests/chaos react to."""

from collections.abc import Iterator
from typing import Any

from cli.events import Event
from shared.contracts.instant import SECOND

SOURCE = "chaos"
LENGTH = 31
"""Product seconds."""


def story(begun: int) -> list[tuple[int, Event]]:
    """Each event and the instant at which it is told, in that order."""
    told = []
    for place, (case, at, type_, data, late) in enumerate(_beats()):
        happened = begun + int(at * SECOND)
        event = Event(f"{case}-{place}", SOURCE, type_, case, happened, data)
        told.append((happened + int(late * SECOND), event))
    return sorted(told, key=lambda one: one[0])


def _beats() -> Iterator[tuple[str, float, str, dict[str, Any], float]]:
    """Case, seconds after the beginning, type, data, and how many seconds later it is told."""
    for twin in "12":
        breached, answered, late, paused, easy = (f"{name}{twin}" for name in "ABCDE")
        yield breached, 0, *opened("P1", "EMEA"), 0
        yield breached, 24, "case.resolved", {}, 0
        yield answered, 0, *opened("P1", "APAC"), 0
        yield answered, 1, "support.replied", {}, 0
        yield answered, 5, "case.resolved", {}, 0
        yield late, 0, *opened("P1", "EMEA"), 0
        yield late, 1.2, "support.replied", {}, 6
        yield late, 10, "case.resolved", {}, 0
        yield paused, 0.5, *opened("P2", "EMEA"), 0
        yield paused, 1, "support.replied", {}, 0
        yield paused, 1.5, "case.status_changed", {"status": "in_progress"}, 0
        yield paused, 2, "customer.replied", {"message": "m1"}, 0
        yield paused, 4, "support.updated", {"text": "We are on it."}, 0
        yield paused, 5, "case.status_changed", {"status": "waiting_for_customer"}, 0
        yield paused, 9, "case.status_changed", {"status": "open"}, 0
        yield paused, 26, "case.resolved", {}, 0
        yield easy, 0, *opened("P3", "APAC"), 0
        yield easy, 2, "support.replied", {}, 1
        yield easy, 12, "case.resolved", {}, 0


def opened(severity: str, region: str) -> tuple[str, dict[str, Any]]:
    told = {"customer": "acme", "severity": severity, "kind": "problem", "title": f"A {severity} problem"}
    return "case.opened", told | {"region": region}
