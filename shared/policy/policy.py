"""One policy: what is promised to the customers who have it. Immutable; a later date makes a new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from yaml import MappingNode, Node

from shared.calendar.calendar import Calendar
from shared.policy.calendars import read_calendars, read_zone
from shared.policy.clock_reading import read_clocks
from shared.policy.clocks import ClockTerms
from shared.policy.coverage import read_coverage
from shared.policy.escalation import Escalation
from shared.policy.escalation_reading import read_escalation
from shared.policy.match import ALWAYS, Rule, Rules, Stated, When, read_when
from shared.policy.reading import Reading
from shared.policy.targets import Promise, Target
from shared.policy.vocabulary import SECTIONS, Vocabulary, read_vocabulary

_REQUIRED = ("policy", "effective", "severities", "calendars", "coverage", "statuses", "clocks")
_OPTIONAL = ("title", "zone", "applies")
ESCALATION = ("tiers", "routing", "ladders")


@dataclass(frozen=True, slots=True)
class Terms:
    """What one clock promises to one case, and the two rules that say so."""

    target: Target
    calendar_name: str
    calendar: Calendar
    promise: Rule[Promise]
    coverage: Rule[str] | None
    """None: the target names the calendar itself."""
    promise_rule: int
    """The place of the promise among the clock's, from 0."""
    coverage_rule: int = -1


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    effective: date
    title: str
    vocabulary: Vocabulary
    calendars: Mapping[str, Calendar]
    coverage: Rules[str]
    clocks: Mapping[str, ClockTerms]
    escalation: Escalation
    zone: str = "UTC"
    """In which its effective date begins, and in which its readers read."""
    file: str = ""
    applies: When = ALWAYS
    """The cases that clocks run for; the others carry none."""

    @property
    def version(self) -> str:
        """`name@2026-01-01`: what a case is pinned to."""
        return f"{self.name}@{self.effective.isoformat()}"

    def terms(self, clock: ClockTerms, stated: Stated) -> Terms | None:
        """What `clock` promises to a case that states this; None: nothing."""
        if not self.applies.holds(stated) or not clock.applies.holds(stated):
            return None
        place, promise = clock.promises.place(stated)
        if promise is None or promise.then.target is None:
            return None
        target = promise.then.target
        if target.calendar is not None:
            return Terms(target, target.calendar, self.calendars[target.calendar], promise, None, place)
        covered, coverage = (clock.calendar or self.coverage).place(stated)
        if coverage is None:
            return None
        calendar = self.calendars[coverage.then]
        return Terms(target, coverage.then, calendar, promise, coverage, place, covered)


def read_policy(text: str, file: str) -> Policy:
    """The policy in a YAML text.

    Raises:
        PolicyProblems: everything that is wrong with it.
    """
    reading = Reading(file)
    policy = examine(reading.compose(text), reading)
    reading.raise_problems()
    return policy


def examine(root: Node, reading: Reading) -> Policy:
    """As much of a policy as can be read, what is wrong noted in `reading`: for whoever checks it further."""
    sections = reading.members(root, (*_REQUIRED, *_OPTIONAL, *SECTIONS, *ESCALATION), _REQUIRED)
    vocabulary = read_vocabulary(sections, reading)
    zone = (read_zone(sections["zone"], reading) or "UTC") if "zone" in sections else "UTC"
    calendars = read_calendars(sections["calendars"], reading, zone) if "calendars" in sections else {}
    named = _names(sections.get("calendars"))
    coverage: Rules[str] = Rules()
    if "coverage" in sections:
        coverage = read_coverage(sections["coverage"], named, vocabulary, reading)
    clocks: Mapping[str, ClockTerms] = {}
    if "clocks" in sections:
        clocks = read_clocks(sections["clocks"], named, vocabulary, reading)
    points = {name: clock.points() for name, clock in clocks.items()}
    escalation = read_escalation(sections, vocabulary, points, reading)
    name = (reading.text(sections["policy"]) or "") if "policy" in sections else ""
    effective = reading.day(sections["effective"]) if "effective" in sections else None
    title = (reading.text(sections["title"]) or "") if "title" in sections else ""
    return Policy(
        name,
        effective or date.min,
        title,
        vocabulary,
        calendars,
        coverage,
        clocks,
        escalation,
        zone,
        reading.file,
        read_when(sections.get("applies"), vocabulary, reading),
    )


def _names(node: Node | None) -> set[str]:
    """The calendars that are named, also those with a mistake in them: one mistake is not reported twice."""
    return {name.value for name, _ in node.value} if isinstance(node, MappingNode) else set()
