"""The clocks of a case as others read them: every cycle, with what is left at a given instant."""

from typing import Any

from services.clock.domain.case import CaseClocks
from services.clock.domain.cycle import Cycle
from shared.contracts.instant import SECOND, render
from shared.policy.book import PolicyBook
from shared.policy.policy import Policy


def clocks_view(book: PolicyBook, state: CaseClocks | None, now: int) -> list[dict[str, Any]]:
    """One entry a cycle, in the policy's order of clocks; nothing before the case is opened."""
    snapshot = state.snapshot if state else None
    if snapshot is None:
        return []
    policy = book.pinned(snapshot.pin.policy)
    cycles = (*snapshot.past, *snapshot.cycles.values())
    return [
        _entry(policy, cycle, now)
        for name in policy.clocks
        for cycle in sorted(cycles, key=lambda each: each.number)
        if cycle.clock == name
    ]


def _entry(policy: Policy, cycle: Cycle, now: int) -> dict[str, Any]:
    used = cycle.used(policy.calendars[cycle.calendar], now)
    met = cycle.state in ("met", "met late")
    return {
        "clock": cycle.clock,
        "cycle": cycle.number,
        "state": cycle.state,
        "started": render(cycle.start),
        "due": _instant(cycle.due),
        "remaining_seconds": (cycle.budget - used) / SECOND if cycle.open else None,
        "used_seconds": used / SECOND,
        "paused_at": _instant(cycle.paused_at),
        "paused_because": cycle.paused_by,
        "breached_at": _instant(cycle.breached_at),
        "met_at": _instant(cycle.ended_at) if met else None,
        "ended_at": _instant(cycle.ended_at),
        "ended_by": cycle.ended_by,
        "target": cycle.target,
        "calendar": cycle.calendar,
        "policy": policy.version,
    }


def _instant(at: int | None) -> str | None:
    return None if at is None else render(at)
