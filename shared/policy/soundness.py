"""What can be read and still cannot be meant: promises that cannot be kept, words that nobody hears. Pure.

The readers see one section at a time; here sections are held against one another. `staffing` holds the
policy against the directory. What a reader has already refused is passed over.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.instants import DAY, HOUR
from shared.calendar.public_holidays import public_holidays
from shared.calendar.schedule import Always
from shared.contracts.instant import render
from shared.policy.clocks import ClockTerms
from shared.policy.escalation import BUDGET_CLOCK, Ladder, same_point
from shared.policy.implied import excludes, implies, taken_before
from shared.policy.match import Rule, Rules, T, When
from shared.policy.places import Places
from shared.policy.policy import Policy
from shared.policy.reading import Problem
from shared.policy.targets import Point, Promise, Target

AHEAD = 400 * DAY
"""How far ahead holidays must be known: a year and the month in which somebody reads of it."""


def soundness_problems(policy: Policy, root: Node, now: int) -> Iterator[Problem]:
    """Everything of the kind, as of `now`; `root` is the text that the policy was read from."""
    places = Places(root, policy.file)
    yield from _rules(places, policy.coverage, "coverage")
    yield from _rules(places, policy.escalation.routing, "routing")
    yield from _ladders(places, policy)
    yield from _holidays(places, policy, now)
    for clock in policy.clocks.values():
        yield from _clock(places, policy, clock, now)


def _clock(places: Places, policy: Policy, clock: ClockTerms, now: int) -> Iterator[Problem]:
    here = ("clocks", clock.name)
    word = next((word for word in ("targets", "within", "every") if places.has(*here, word)), "")
    yield from _rules(places, clock.promises, *here, word)
    if clock.calendar is not None:
        yield from _rules(places, clock.calendar, *here, "calendar")
    for index, rule in enumerate(clock.promises.rules):
        target = rule.then.target
        if target is None or target.measured:
            continue
        node = places.rule(clock.promises.rules, index, *here, word)
        case = When((*clock.applies.conditions, *rule.when.conditions))
        for message, hint in _paused(clock, case):
            yield places.problem(node, message, hint)
        own = rule.then.warn is not None
        for name, calendar in _calendars(policy, clock, case, target, clock.promises.rules[:index]):
            for message, hint in _in_calendar(name, calendar, target, now):
                yield places.problem(node, message, hint)
            points = rule.then.warn if rule.then.warn is not None else clock.warn
            budget = _budget(calendar, target, now)
            for message, hint in _points(policy, clock, target, points, budget) if budget else ():
                yield places.problem(node if own else places.at(*here, "warn"), message, hint)


# Rules that no case comes to


def _rules(places: Places, rules: Rules[T], *path: str) -> Iterator[Problem]:
    for index, rule in enumerate(rules.rules):
        takers = taken_before(rules.rules, index) if rule.when.conditions else []
        # Behind a rule without conditions the reader has said it already.
        if takers and all(taker.when.conditions for taker in takers):
            yield _unreached(places, places.rule(rules.rules, index, *path), takers)


def _unreached(places: Places, node: Node, takers: Sequence[Rule[T]]) -> Problem:
    lines = " and ".join(dict.fromkeys(f"line {taker.line}" for taker in takers))
    takes = "takes" if len({taker.line for taker in takers}) == 1 else "take"
    return places.problem(
        node,
        f"this rule is never reached: {lines} {takes} every case that it asks for",
        "put the narrower rule first, or take it out",
    )


def _ladders(places: Places, policy: Policy) -> Iterator[Problem]:
    rules = policy.escalation.ladders.rules
    for index, rule in enumerate(rules):
        node = places.rule(rules, index, "ladders")
        takers: list[Rule[Ladder]] = []
        for clock in rule.then.clocks if rule.when.conditions else ():
            of_clock = [each for each in rules[: index + 1] if clock in each.then.clocks]
            found = taken_before(of_clock, len(of_clock) - 1)
            if not found or not all(taker.when.conditions for taker in found):
                takers = []
                break
            takers.extend(found)
        if takers:
            yield _unreached(places, node, takers)
        climbing = [step for step in rule.then.steps if step.at.moment != "idle"]
        if climbing and climbing[-1].acknowledge_within is not None:
            yield places.problem(
                node,
                f"this ladder ends with nobody: when step {climbing[-1].number} is not acknowledged, "
                "no step hears of it",
                "add a last step: {at: silence, page: manager}",
            )


# Promises


def _paused(clock: ClockTerms, case: When) -> Iterator[tuple[str, str]]:
    if any(implies(case, pause) for pause in clock.pauses) or excludes(case, clock.runs_while):
        yield (
            f"{clock.name!r} can never run here: it is always paused for these cases",
            "see pauses: and while:",
        )


def _calendars(
    policy: Policy, clock: ClockTerms, case: When, target: Target, before: Sequence[Rule[Promise]]
) -> Iterator[tuple[str, Calendar]]:
    """The calendars in which this promise may be counted, for cases that no promise `before` it takes."""
    names = [target.calendar] if target.calendar is not None else []
    for rule in () if names else (clock.calendar or policy.coverage).rules:
        both = When((*case.conditions, *rule.when.conditions))
        if not excludes(case, rule.when) and not any(implies(both, other.when) for other in before):
            names.append(rule.then)
        if implies(case, rule.when):
            break
    for name in dict.fromkeys(names):
        if name in policy.calendars:
            yield name, policy.calendars[name]


def _in_calendar(name: str, calendar: Calendar, target: Target, now: int) -> Iterator[tuple[str, str]]:
    budget = _budget(calendar, target, now)
    if budget is None:
        yield (
            f"{target.words} from {render(now)[:10]} on can never be met: the calendar {name!r} ends before",
            "give it weekly hours",
        )
        return
    amount = target.span.microseconds
    days = amount and not amount % DAY and any(letter in target.words.lower() for letter in "dw")
    if days and not isinstance(calendar.schedule, Always):
        per_day, hours = calendar.schedule.day_length, amount // HOUR
        meant = f"about {round(amount / per_day)} business days"
        yield (
            f"{target.words} are {hours} hours in which {name!r} is open: {meant}",
            f"write {hours} h, or business days, or 1 calendar week, or a calendar that is always open",
        )


def _budget(calendar: Calendar, target: Target, now: int) -> int | None:
    """Microseconds of open time from the next opening on; None: there are not so many."""
    try:
        budget = target.budget(calendar, calendar.next_open(now))
        calendar.first_after(now, budget)
    except CalendarError:
        return None
    return budget


def _points(
    policy: Policy, clock: ClockTerms, target: Target, points: Sequence[Point], budget: int
) -> Iterator[tuple[str, str]]:
    for point in points:
        spent = clock.name == BUDGET_CLOCK and any(
            tier.budget is not None and same_point(tier.budget, point.words)
            for tier in policy.escalation.tiers
        )
        amount = point.amount(budget)
        if spent and not 0 < amount <= budget:
            what = "exceeds" if amount > budget else "leaves the tier no time of"
            yield f"a tier's budget of {point.words} {what} the target of {target.words}", "write 50 %"
        elif amount > budget and not spent and not _climbed(policy, clock, point):
            hint = "write 75 % or 30 min before; for whoever is to hear of it later, a step at: breach + 1 h"
            yield f"a warning {point.words} comes after the breach", hint
        elif not amount:
            yield f"a warning {point.words} comes at once: the target is {target.words}", "write 75 %"


def _climbed(policy: Policy, clock: ClockTerms, point: Point) -> bool:
    """Whether a ladder waits for this point: then it is a step, not a warning."""
    return any(
        clock.name in rule.then.clocks and any(same_point(point.words, words) for words in rule.then.points())
        for rule in policy.escalation.ladders.rules
    )


# Holidays


def _holidays(places: Places, policy: Policy, now: int) -> Iterator[Problem]:
    until = date.fromisoformat(render(now + AHEAD)[:10])
    for name in policy.calendars:
        for item in _listed(places.at("calendars", name)):
            try:
                days = public_holidays(item.value)
            except CalendarError:
                continue
            if days.last_year < until.year:
                yield places.problem(
                    item,
                    f"the holidays {item.value} are known until the end of {days.last_year} only",
                    "bring them up to date with `tocsin calendar update`",
                )


def _listed(node: Node) -> Iterator[ScalarNode]:
    """The names of public holidays in a calendar's node."""
    for name, value in node.value if isinstance(node, MappingNode) else ():
        if name.value == "holidays":
            items = value.value if isinstance(value, SequenceNode) else [value]
            yield from (each for each in items if isinstance(each, ScalarNode) and each.value[:1].isalpha())
