"""What escalation remembers of one case.

Every value carries the instant since which it holds; the latest one counts, in whatever order facts arrive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from services.escalation.domain.climb import Climb
from services.escalation.domain.news import News
from shared.policy.match import Stated

Stage = Literal["open", "resolved", "closed", "merged"]


class Known(NamedTuple):
    """An attribute's value and the time of the fact that gave it."""

    value: str | tuple[str, ...]
    since: int


class Place(NamedTuple):
    """Where the case lies. It is never below the tier that it was escalated to: what went up stays."""

    tier: str
    routed: str
    """The tier that the routing rules name."""
    raised: str | None
    """The highest tier that a budget or a ladder has raised it to."""
    team: str
    person: str | None
    why: str


@dataclass(frozen=True, slots=True)
class CaseEscalation:
    """`policy` is the version that the case was opened under; None: not opened yet, or no agreement."""

    opened: bool = False
    policy: str | None = None
    known: Mapping[str, Known] = field(default_factory=dict)
    stage: Stage = "open"
    stage_since: int = 0
    progress_at: int = 0
    """The latest sign of work: a reply or an update by support, another status, another assignee."""
    place: Place | None = None
    spent_cycle: int = 0
    spent: tuple[str, ...] = ()
    """Warning points that this cycle of the budget clock has passed."""
    climbs: tuple[Climb, ...] = ()
    waiting: tuple[News, ...] = ()
    """News of clocks that came before the opening or reopening that explains it."""

    def text(self, attribute: str) -> str:
        known = self.known.get(attribute)
        return known.value if known is not None and isinstance(known.value, str) else ""

    def stated(self) -> Stated:
        return {name: known.value for name, known in self.known.items() if known.value}

    def learned(self, values: Mapping[str, object], time: int) -> "CaseEscalation":
        """The attributes of a fact, but for those of which something later is known already."""
        known = dict(self.known)
        for name, value in values.items():
            if name in known and known[name].since > time:
                continue
            known[name] = Known(tuple(map(str, value)) if isinstance(value, list) else str(value), time)
        return replace(self, known=known)

    def at_stage(self, stage: Stage, time: int) -> "CaseEscalation":
        if self.stage_since > time or (self.stage == "merged" and stage == "open"):
            return self  # something later is known; and what was merged lives on elsewhere
        return replace(self, stage=stage, stage_since=time)

    def progressed(self, time: int) -> "CaseEscalation":
        return replace(self, progress_at=max(self.progress_at, time))

    def climb_of(self, clock: str, cycle: int) -> Climb | None:
        return next((each for each in self.climbs if (each.clock, each.cycle) == (clock, cycle)), None)

    def with_climb(self, climb: Climb) -> "CaseEscalation":
        if self.climb_of(climb.clock, climb.cycle) is None:
            return replace(self, climbs=(*self.climbs, climb))
        same = (climb.clock, climb.cycle)
        return replace(
            self, climbs=tuple(climb if (each.clock, each.cycle) == same else each for each in self.climbs)
        )
