"""What the SLA clocks say. Owner: clock, topic `clocks`.

`clock` names a metric of the case's policy (first_response, resolution …), `cycle` one run of it (1, 2 …).
`at` is the instant by the rules of the policy, whenever it was noticed; a fact's envelope time is the same.
"""

from typing import ClassVar, Literal

from shared.contracts.envelope import Said
from shared.contracts.instant import Instant


class ClockSaid(Said):
    clock: str
    cycle: int
    at: Instant
    policy: str
    """`name@effective-date` of the version that the case was opened under."""


class ClockStarted(ClockSaid):
    type: ClassVar[str] = "clock.started"
    due: Instant | None = None
    target: str
    """In words: `30 min in office hours`."""
    owner: str = ""
    """Whose stage it is, where the policy says so."""


class ClockPaused(ClockSaid):
    type: ClassVar[str] = "clock.paused"
    cause: str
    remaining: int | None
    """Microseconds of business time left; negative when overdrawn, none of a clock that only measures."""


class ClockResumed(ClockSaid):
    type: ClassVar[str] = "clock.resumed"
    cause: str
    due: Instant | None = None
    excused: bool = False
    """An exception goes on excusing it."""


class ClockRecomputed(ClockSaid):
    """The due instant moved, for a recorded cause."""

    type: ClassVar[str] = "clock.recomputed"
    cause: str
    was_due: Instant | None = None
    due: Instant | None = None


class ClockWarned(ClockSaid):
    """A warning point of the policy was reached (`warning`, in its words: `75 %`, `30 min before`)."""

    type: ClassVar[str] = "clock.warned"
    warning: str
    due: Instant


class ClockBreached(ClockSaid):
    """The target was used up and more: at most once a cycle. `at` is the first instant beyond it."""

    type: ClassVar[str] = "clock.breached"
    due: Instant
    cause: str = ""
    """Why now, where it is not the passing of time: a policy change, a late fact."""


class ClockMet(ClockSaid):
    type: ClassVar[str] = "clock.met"
    due: Instant | None = None
    late: bool
    used: int
    """Microseconds of business time."""
    by: str = ""
    """What met it: `support.replied`, `case.resolved as workaround`."""
    excused: bool = False
    """Past its target under an approved exception."""


class ClockCancelled(ClockSaid):
    """The promise no longer applies."""

    type: ClassVar[str] = "clock.cancelled"
    cause: str


class ClockExcused(ClockSaid):
    """The target is used up, but an approved exception excuses it until `until`.

    Said at the instant at which it would have been breached; of a clock that was breached before, at the
    approval: that breach stands, but nobody is to be escalated to while the exception lasts.
    """

    type: ClassVar[str] = "clock.excused"
    due: Instant
    until: Instant
    reason: str
    plan: str
    by: str


class ClockExcuseEnded(ClockSaid):
    """The exception ended or expired and the clock is past its target: if it was excused, it is breached."""

    type: ClassVar[str] = "clock.excuse_ended"
    cause: str


class ObjectiveJudged(ClockSaid):
    """What else was promised of the outcome of a disaster, judged when the clock is met."""

    type: ClassVar[str] = "objective.judged"
    objective: Literal["recovery_point", "data_lost"]
    allowed: int
    """Microseconds."""
    actual: int | None = None
    """Microseconds; none: it was not stated, and so not kept."""
    kept: bool


class ClockRetracted(ClockSaid):
    """Something said of this cycle never was: a late fact changed the reckoning. `at`: what is retracted."""

    type: ClassVar[str] = "clock.retracted"
    what: Literal[
        "started",
        "paused",
        "resumed",
        "recomputed",
        "warned",
        "breached",
        "met",
        "cancelled",
        "excused",
        "excuse ended",
        "judged",
    ]
    warning: str = ""
    """The warning point, or the objective that was judged."""
    cause: str


class UpdateRequested(ClockSaid):
    """The policy's own status update to the customer is to be sent now; the next by `next_due`."""

    type: ClassVar[str] = "update.requested"
    update: str
    """The update's id: one effect, whatever happens on the way."""
    next_due: Instant | None = None


class FactRefused(Said):
    """A fact that the case's life does not allow: kept, shown with this reason, without effect."""

    type: ClassVar[str] = "fact.refused"
    fact: str
    fact_source: str
    fact_type: str
    reason: str


class FactReinstated(Said):
    """A refused fact counts after all: one that arrived later made it possible."""

    type: ClassVar[str] = "fact.reinstated"
    fact: str
    fact_source: str
    fact_type: str


CLOCK_FACTS: tuple[type[Said], ...] = (
    ClockStarted,
    ClockPaused,
    ClockResumed,
    ClockRecomputed,
    ClockWarned,
    ClockBreached,
    ClockMet,
    ClockCancelled,
    ClockExcused,
    ClockExcuseEnded,
    ObjectiveJudged,
    ClockRetracted,
    UpdateRequested,
)
REFUSAL_FACTS: tuple[type[Said], ...] = (FactRefused, FactReinstated)
