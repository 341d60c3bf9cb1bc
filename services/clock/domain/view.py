"""The clocks of a case as others read them: every cycle, with what is left at a given instant."""

from pydantic import BaseModel

from services.clock.domain.case import CaseClocks
from services.clock.domain.cycle import Cycle, State
from services.clock.domain.exceptions import Waiver
from shared.contracts.instant import SECOND, Instant
from shared.policy.book import PolicyBook
from shared.policy.policy import Policy


class ExceptionShown(BaseModel):
    """An exception of the case: shown wherever a clock is that it can excuse."""

    state: str
    reason: str
    plan: str
    requested: Instant
    requested_by: str
    expires: Instant
    decided: Instant | None
    decided_by: str
    ended: Instant | None
    why: str


class SeverityStep(BaseModel):
    at: Instant
    what: str
    severity: str
    by: str


class AgreedSeverity(BaseModel):
    """The severity that clocks run on, and every step on the way to it; no steps: as the case stated it."""

    severity: str
    agreement: str | None
    """proposed, confirmed or disputed; none: nobody asked for an agreement."""
    steps: list[SeverityStep]


class CycleShown(BaseModel):
    """One cycle. Seconds are of business time, in the named calendar and without pauses."""

    clock: str
    cycle: int
    state: State
    started: Instant
    due: Instant | None
    """When the target is used up; none while paused."""
    remaining_seconds: float | None
    """Negative when overdrawn; none once the cycle has ended, and of a clock that only measures."""
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
    owner: str = ""
    excused_at: Instant | None = None
    """Since when an exception excuses that the target is used up."""
    exceptions: tuple[ExceptionShown, ...] = ()
    """Those that could excuse this cycle, whatever became of them."""


def clocks_view(book: PolicyBook, state: CaseClocks | None, now: int) -> list[CycleShown]:
    """One entry a cycle, in the policy's order of clocks; nothing before the case is opened."""
    snapshot = state.snapshot if state else None
    if snapshot is None:
        return []
    pinned, current = book.pinned(snapshot.pin.policy), book.pinned(snapshot.version)
    cycles = (*snapshot.past, *snapshot.cycles.values())
    return [
        _shown(book.pinned(cycle.policy or snapshot.pin.policy), cycle, snapshot.exceptions, now)
        for name in dict.fromkeys((*pinned.clocks, *current.clocks))
        for cycle in sorted(cycles, key=lambda each: each.number)
        if cycle.clock == name
    ]


def agreed_view(state: CaseClocks) -> AgreedSeverity | None:
    """Nothing before the case is opened."""
    snapshot = state.snapshot
    if snapshot is None:
        return None
    agreement = snapshot.stated.get("severity_agreement")
    return AgreedSeverity(
        severity=str(snapshot.stated["severity"]),
        agreement=None if agreement is None else str(agreement),
        steps=[SeverityStep(**step._asdict()) for step in snapshot.agreement],
    )


def exceptions_view(state: CaseClocks) -> list[ExceptionShown]:
    waivers = state.snapshot.exceptions if state.snapshot else ()
    return [_exception_shown(waiver) for waiver in waivers]


def _exception_shown(waiver: Waiver) -> ExceptionShown:
    return ExceptionShown(**waiver._asdict())


def _shown(policy: Policy, cycle: Cycle, waivers: tuple[Waiver, ...], now: int) -> CycleShown:
    used = cycle.used(policy.calendars[cycle.calendar], now)
    clock, end = policy.clocks[cycle.clock], now if cycle.ended_at is None else cycle.ended_at
    return CycleShown(
        clock=cycle.clock,
        cycle=cycle.number,
        state=cycle.state,
        started=cycle.start,
        due=cycle.due,
        remaining_seconds=(cycle.budget - used) / SECOND if cycle.open and not cycle.measured else None,
        used_seconds=used / SECOND,
        paused_at=cycle.paused_at,
        paused_because=cycle.paused_by,
        breached_at=cycle.breached_at,
        met_at=cycle.ended_at if cycle.state.startswith("met") else None,
        ended_at=cycle.ended_at,
        ended_by=cycle.ended_by,
        target=cycle.target,
        calendar=cycle.calendar,
        policy=policy.version,
        owner=clock.owner,
        excused_at=cycle.excused_at,
        exceptions=tuple(
            _exception_shown(waiver)
            for waiver in waivers
            if clock.exceptions and waiver.requested <= end and (waiver.ended or end) >= cycle.start
        ),
    )
