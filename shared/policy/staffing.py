"""Whether the people of the directory can do what a policy asks: what neither file can tell alone. Pure."""

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import pairwise

from shared.calendar.calendar import Calendar
from shared.contracts.instant import HOUR, render
from shared.policy.directory import Directory
from shared.policy.escalation import SENIOR_MANAGEMENT, TARGETS, Ladder
from shared.policy.implied import excludes, implies
from shared.policy.match import Rule
from shared.policy.policy import Policy
from shared.policy.reading import Problem, nearest


def staffing_problems(policy: Policy, directory: Directory, since: int, until: int) -> tuple[Problem, ...]:
    """Unknown teams and people, roles that nobody has, and instants in [since, until) that no team covers.

    An instant counts as uncovered when a calendar of the policy is open and nobody of any tier's team is on
    shift. Ninety days ahead are found in some ten milliseconds.
    """
    found = [*_tiers(policy, directory), *_ladders(policy, directory)]
    if not found:
        found.extend(_gaps(policy, directory, since, until))
    if not found:
        found.extend(_unheard(policy, directory, since, until))
    return tuple(found)


def _tiers(policy: Policy, directory: Directory) -> Iterator[Problem]:
    for tier in policy.escalation.tiers:
        if tier.team not in directory.teams:
            hint = nearest(tier.team, sorted(directory.teams))
            yield Problem(policy.file, tier.line, 1, f"the directory has no team {tier.team!r}", hint)


def _ladders(policy: Policy, directory: Directory) -> Iterator[Problem]:
    teams = [tier.team for tier in policy.escalation.tiers]
    for rule in policy.escalation.ladders.rules:
        targets = dict.fromkeys(target for step in rule.then.steps for target in (*step.page, *step.notify))
        for target in targets:
            for message, hint in _target(target, teams, directory):
                yield Problem(policy.file, rule.line, 1, message, hint)


def _target(target: str, teams: list[str], directory: Directory) -> Iterator[tuple[str, str]]:
    role, _, named = target.partition(" of ")
    if target == SENIOR_MANAGEMENT:
        if not directory.senior_management.people:
            yield "the directory names no senior management", "name its people there"
    elif named and named not in directory.teams:
        yield f"the directory has no team {named!r}", nearest(named, sorted(directory.teams))
    elif role not in TARGETS and target not in directory.people:
        yield f"{target!r} is nobody", nearest(target, [*TARGETS, *directory.people])
    elif target in ("on-call", "secondary", "manager") and not teams:
        yield f"{target} of which team?", f"the policy has no tiers: write {target} of TEAM"
    for team in ([named] if named else teams) if role == "manager" else ():
        if team in directory.teams and not directory.teams[team].managers:
            yield f"the team {team!r} has no manager", "name one in the directory"


def _gaps(policy: Policy, directory: Directory, since: int, until: int) -> Iterator[Problem]:
    tiers, calendars = policy.escalation.tiers, list(policy.calendars.values())
    if not tiers or not calendars:
        return
    working: Calendar = reduce(Calendar.union, calendars)
    gaps = [
        gap
        for start, end in directory.uncovered({tier.team for tier in tiers}, since, until)
        for gap in working.intervals(start, end)
    ]
    if gaps:
        hours = sum(end - start for start, end in gaps) / HOUR
        first = f"first {render(gaps[0][0])} to {render(gaps[0][1])}"
        message = f"no team covers {hours:.1f} hours in which clocks run, {first}"
        yield Problem(policy.file, tiers[0].line, 1, message, "add a shift, such as one after hours")


def _unheard(policy: Policy, directory: Directory, since: int, until: int) -> Iterator[Problem]:
    """Ladders that page somebody, but at some instant nobody of all whom they page is there.

    Senior management does not count: its digests wait for its own hours.
    """
    tiers = [tier.team for tier in policy.escalation.tiers]
    for number, rule in enumerate(policy.escalation.ladders.rules):
        before = policy.escalation.ladders.rules[:number]
        paged = {target for step in rule.then.steps for target in step.page if target != SENIOR_MANAGEMENT}
        if not paged:
            continue
        calendars = [
            calendar for name, calendar in policy.calendars.items() if _counts(policy, rule, before, name)
        ]
        edges = {since, until}
        for person in directory.people.values():
            edges |= person.changes(since, until)
        for shift in (shift for team in directory.teams.values() for shift in team.shifts):
            edges.update(edge for interval in shift.calendar.intervals(since, until) for edge in interval)
        for start, end in pairwise(sorted(edge for edge in edges if since <= edge <= until)):
            if any(_there(target, tiers, directory, start) for target in paged):
                continue
            gap = next((each for calendar in calendars for each in calendar.intervals(start, end)), None)
            if gap is not None:
                message = f"this ladder ends with nobody, first {render(gap[0])} to {render(gap[1])}"
                hint = f"nobody of {', '.join(sorted(paged))} is there then: add a shift or a step"
                yield Problem(policy.file, rule.line, 1, message, hint)
                break


def _counts(policy: Policy, ladder: Rule[Ladder], before: Sequence[Rule[Ladder]], name: str) -> bool:
    """Whether a clock that climbs this ladder, none before it, may be counted in that calendar."""
    for clock in (policy.clocks[name] for name in ladder.then.clocks if name in policy.clocks):
        targets = [rule.then.target for rule in clock.promises.rules if rule.then.target is not None]
        if any(target.calendar == name for target in targets):
            return True
        taken = [other.when for other in before if clock.name in other.then.clocks]
        for rule in (
            (clock.calendar or policy.coverage).rules if any(not each.calendar for each in targets) else ()
        ):
            elsewhere = excludes(rule.when, ladder.when) or any(implies(rule.when, when) for when in taken)
            if rule.then == name and not elsewhere:
                return True
    return False


def _there(target: str, tiers: list[str], directory: Directory, at: int) -> bool:
    """Whether anybody whom the target may mean can be asked at that instant."""
    role, _, named = target.partition(" of ")
    teams = [named] if named else tiers
    if role == "manager":
        return any(directory.manager_of(team, at)[0] is not None for team in teams)
    if role in TARGETS:
        return any(directory.on_call(team, at).there for team in teams)
    person = directory.people.get(target)
    return person is not None and person.unavailable(at) is None
