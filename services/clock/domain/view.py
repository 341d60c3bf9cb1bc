"""The clocks of a case as others read them: every cycle, with what is left at a given instant."""

from pydantic import BaseModel

from services.clock.domain.case import CaseClocks
from services.clock.domain.cycle import Cycle, State
from shared.contracts.instant import SECOND, Instant
from shared.policy.book import PolicyBook
from shared.policy.policy import Policy


class CycleShown(BaseModel):
    """One cycle. Seconds are of business time, in the named calendar and without pauses."""

    clock: str
    cycle: int
    state: State
    started: Instant
    due: Instant | None
    """When the target is used up; none while paused."""
    remaining_seconds: float | None
    """Negative when overdrawn; none once the cycle has ended."""
    used_seconds: float
    paused_at: Instant | None
    paused_because: str
    breached_at: Instant | None
    met_at: Instant | None
    ended_at: Instant | None
    ended_by: str
    target: str
    calendar: str
    policy: str


def clocks_view(book: PolicyBook, state: CaseClocks | None, now: int) -> list[CycleShown]:
    """One entry a cycle, in the policy's order of clocks; nothing before the case is opened."""
    snapshot = state.snapshot if state else None
    if snapshot is None:
        return []
    policy = book.pinned(snapshot.pin.policy)
    cycles = (*snapshot.past, *snapshot.cycles.values())
    return [
        _shown(policy, cycle, now)
        for name in policy.clocks
        for cycle in sorted(cycles, key=lambda each: each.number)
        if cycle.clock == name
    ]


def _shown(policy: Policy, cycle: Cycle, now: int) -> CycleShown:
    used = cycle.used(policy.calendars[cycle.calendar], now)
    return CycleShown(
        clock=cycle.clock,
        cycle=cycle.number,
        state=cycle.state,
        started=cycle.start,
        due=cycle.due,
        remaining_seconds=(cycle.budget - used) / SECOND if cycle.open else None,
        used_seconds=used / SECOND,
        paused_at=cycle.paused_at,
        paused_because=cycle.paused_by,
        breached_at=cycle.breached_at,
        met_at=cycle.ended_at if cycle.state in ("met", "met late") else None,
        ended_at=cycle.ended_at,
        ended_by=cycle.ended_by,
        target=cycle.target,
        calendar=cycle.calendar,
        policy=policy.version,
    )
