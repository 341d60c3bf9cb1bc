"""The clocks of a policy: what starts, stops, pauses and repeats each metric, and what is promised on it.

    first_response: {starts: case.opened, stops: [support.replied], within: 30 min, warn: [75 %]}
    ongoing_response: {starts: customer.replied, stops: support.replied, repeats: true, within: 1 h}
    ongoing_update: {every: 4 h, counts: [support.updated, update.sent], while: {status: in_progress}}
    resolution: {starts: case.opened, stops: case.resolved, targets: {P1: 4 h, P2: 8 h},
                 pauses: {status: waiting}, reopen: {resume_within: 5 d, else: new cycle}}
    triage: {stage: {status: triage}, owner: Support Manager, within: 1 to 4 h}
    recovery: {starts: disaster.declared, stops: service.restored, within: 12 h, calendar: always,
               objectives: {recovery_point: 4 h, data_lost: 24 h}}
    work: {starts: case.opened, stops: case.resolved, within: measured}

The names are the author's: the five metrics of the trade and any other are said in the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from shared.policy.match import Rules, Stated, When
from shared.policy.targets import Point, Promise

OnChange = Literal["retroactive", "from_now", "keep"]
Afterwards = Literal["new cycle", "nothing"]

STARTS = (
    "case.opened",
    "case.changed",
    "case.status_changed",
    "customer.replied",
    "support.replied",
    "support.updated",
    "severity.proposed",
    "severity.confirmed",
    "severity.disputed",
    "exception.requested",
    "exception.approved",
    "exception.rejected",
    "exception.ended",
    "disaster.declared",
    "service.restored",
    "upstream.disrupted",
    "upstream.restored",
)
"""Facts of an open case. A clock that begins with the resolution would need a life beyond the case's own."""
STOPS = (*STARTS[1:], "case.resolved", "case.closed", "update.sent")

OBJECTIVES = ("recovery_point", "data_lost")
"""What `service.restored` states of the outcome."""

SPLITS = ("fresh", "inherited")
"""What a case that was split off another one counts from: its own opening, or that one's."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A fact that starts or stops a clock; `when` asks for the case's attributes as they are after it."""

    fact: str
    when: When


def triggered(triggers: tuple[Trigger, ...], fact: str, stated: Stated) -> bool:
    """Whether the fact, with what the case states after it, is one of the triggers."""
    for trigger in triggers:  # noqa: SIM110 - asked of every clock for every fact: faster than any()
        if trigger.fact == fact and trigger.when.holds(stated):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Reopening:
    """What a reopened case does to a cycle that its resolution ended.

    Within `resume_within` (microseconds of real time; None: always) the same cycle goes on and the time in
    between is a pause; later, `afterwards`.
    """

    resume_within: int | None
    afterwards: Afterwards


RESUME = Reopening(None, "new cycle")
BEGIN_ANEW = Reopening(0, "new cycle")


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """One metric.

    `every`: its cycles follow one another by themselves, each ended by an update. `repeats`: each start
    begins a cycle unless one is running (the oldest unanswered message holds it). `stage`: a cycle for each
    time that the case is in it. Otherwise it runs once.
    """

    name: str
    means: str
    starts: tuple[Trigger, ...]
    stops: tuple[Trigger, ...]
    promises: Rules[Promise]
    applies: When
    after: str | None
    """Starts only once this clock has been met."""
    repeats: bool
    every: bool
    calendar: Rules[str] | None
    """Its own coverage instead of the policy's."""
    warn: tuple[Point, ...]
    pauses: tuple[When, ...]
    """Paused while any of these holds."""
    runs_while: When
    """Paused while this does not hold."""
    reopening: Reopening | None
    """None: a reopened case does not concern it."""
    on_change: OnChange
    automatic: Point | None
    """At this point the policy itself asks for the update to be sent."""
    stage: When | None = None
    """Runs from when this begins to hold until it holds no longer."""
    owner: str = ""
    """Whose work it is, in the words of the policy."""
    exceptions: bool = False
    """An approved exception excuses it."""
    inherits: bool = False
    """Of a case that was split off another one, it counts from the opening of that one."""
    objectives: Mapping[str, int] = field(default_factory=dict)
    """What the outcome may be at most, in microseconds of real time: one of OBJECTIVES to its bound."""

    @property
    def from_opening(self) -> bool:
        """Whether it runs from the opening of a case on, once."""
        return not self.every and any(trigger.fact == "case.opened" for trigger in self.starts)

    def paused_by(self, stated: Stated) -> str:
        """The condition that pauses a clock of such a case, in words; empty: none."""
        for when in self.pauses:
            if when.holds(stated):
                return str(when)
        return "" if self.runs_while.holds(stated) else f"until {self.runs_while}"

    def points(self) -> frozenset[str]:
        """The words of all warning points that a case may come to."""
        promised = (rule.then.warn or () for rule in self.promises.rules)
        targets = (rule.then.target for rule in self.promises.rules)
        ranges = {target.lower_words for target in targets if target is not None and target.lower}
        return frozenset(point.words for points in (self.warn, *promised) for point in points) | ranges
