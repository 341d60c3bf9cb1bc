"""Tiers, routing and ladders of a policy: who gets a case, who hears of it when a clock runs low. Pure.

Everything that waits for a clock waits for one of its *points*: a warning point in the words of the policy
(`75 %`, `30 min before`) or the breach. Calendars, pauses and changed targets are thereby reckoned in one
place, the clock, and nowhere a second time. That holds for tier budgets too: `budget: 50 %` is the warning
point 50 % of the resolution clock. Spans after a breach, of silence and of idleness are plain time, around
the clock: they measure people who have been called, not promises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from shared.contracts.escalation import Urgency
from shared.policy.match import Rule, Rules, Stated

Moment = Literal["point", "breach", "silence", "idle"]

BUDGET_CLOCK = "resolution"
"""The clock whose warning points are the tiers' budgets."""

SENIOR_MANAGEMENT = "senior management"
TARGETS = ("assignee", "on-call", "secondary", "manager", SENIOR_MANAGEMENT)
"""Whom a step may name, besides `on-call of TEAM`, `secondary of TEAM`, `manager of TEAM` and a person of the
directory. Without a team, the team of the case's present tier is meant."""


class At(NamedTuple):
    """When a step is due.

    `point`: at that warning point. `breach`: `after` microseconds beyond the breach. `silence`: when the step
    before was not acknowledged in time, or had nobody to hear it. `idle`: when the case was acknowledged and
    then nothing happened for `after` microseconds.
    """

    moment: Moment
    words: str
    """As the policy writes it."""
    after: int = 0

    @property
    def by_fact(self) -> bool:
        """Whether a fact of the clock brings it, not the passing of time."""
        return self.moment == "point" or (self.moment == "breach" and not self.after)


class Step(NamedTuple):
    """One rung: `page` is for those who must act, `notify` for those who should know."""

    number: int
    at: At
    page: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    escalate: str | None = None
    """The tier that the case goes up to."""
    acknowledge_within: int | None = None
    """Microseconds; None: no acknowledgement is asked for."""
    urgency: Urgency = "critical"
    """Of the pages; whoever is notified hears of it as `normal`, senior management as `digest`."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps for some clocks; a case climbs it once for each cycle of each of them."""

    clocks: tuple[str, ...]
    steps: tuple[Step, ...]

    def points(self) -> Iterator[str]:
        """The warning points that the clocks must have for every step to come."""
        return (step.at.words for step in self.steps if step.at.moment == "point")


@dataclass(frozen=True, slots=True)
class Tier:
    """A support level: who works there in which role, and how long a case may stay (FD-8)."""

    name: str
    team: str
    role: str = ""
    budget: str | None = None
    """The warning point of the resolution clock at which the case goes up by itself."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Escalation:
    """What a policy says of routing and escalation. Tiers from the first to the last."""

    tiers: tuple[Tier, ...] = ()
    routing: Rules[str] = field(default_factory=Rules)
    ladders: Rules[Ladder] = field(default_factory=Rules)

    def tier(self, name: str) -> Tier:
        """Raises KeyError: no tier has that name (the policy's reader refuses such a policy)."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        raise KeyError(name)

    def rank(self, name: str) -> int:
        """0 for the first tier."""
        return self.tiers.index(self.tier(name))

    def above(self, name: str) -> Tier | None:
        """The next tier up; None for the last."""
        return next(iter(self.tiers[self.rank(name) + 1 :]), None)

    def route(self, stated: Stated) -> tuple[Tier, str] | None:
        """The tier of a case and the rule's reason, the first rule that holds; None without tiers."""
        rule = self.routing.first(stated)
        if rule is not None:
            return self.tier(rule.then), str(rule.when) if rule.when.conditions else "no other rule holds"
        return (self.tiers[0], "no rule holds") if self.tiers else None

    def ladder(self, clock: str, stated: Stated) -> Rule[Ladder] | None:
        """The first ladder for that clock whose conditions hold."""
        for rule in self.ladders.rules:
            if clock in rule.then.clocks and rule.when.holds(stated):
                return rule
        return None


def same_point(one: str, other: str) -> bool:
    """Whether two spellings name one warning point: `75%` and `75 %`."""
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()
