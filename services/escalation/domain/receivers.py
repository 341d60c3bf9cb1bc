"""Whom the words of a step mean at an instant: `on-call`, `manager of TEAM`, `assignee` and so on. Pure."""

from dataclasses import dataclass

from services.escalation.domain.draft import Draft
from shared.policy.escalation import SENIOR_MANAGEMENT
from shared.policy.roster import Person


@dataclass(frozen=True, slots=True)
class Receivers:
    """The people, or why there is nobody."""

    role: str
    people: tuple[Person, ...] = ()
    why: str = ""


def receivers(draft: Draft, target: str) -> Receivers:
    """The people meant by `target`, as of now: whoever was on call at a past instant has gone home."""
    role, _, named = target.partition(" of ")
    place = draft.case.place
    team = named or (place.team if place is not None else "")
    match role:
        case "senior management":
            return _senior_management(draft)
        case "assignee":
            return _assignee(draft, team)
        case "on-call" | "secondary" | "manager":
            return _of_team(draft, role, team)
        case person:
            return _person(draft, "", person)


def _person(draft: Draft, role: str, id: str) -> Receivers:
    person = draft.directory.people.get(id)
    if person is None:
        return Receivers(role, why=f"{id} is not in the directory")
    reason = person.unavailable(draft.now)
    if reason is not None:
        return Receivers(role, why=f"{person.name} is {reason}")
    return Receivers(role or person.role or "named in the ladder", (person,))


def _assignee(draft: Draft, team: str) -> Receivers:
    """The case's assignee, else whoever it was routed to, else the one on call: somebody must know."""
    place = draft.case.place
    for id in (draft.case.text("assignee"), place.person if place is not None else None):
        found = _person(draft, "assignee", id) if id else Receivers("assignee")
        if found.people:
            return found
    return _of_team(draft, "on-call", team)


def _of_team(draft: Draft, role: str, team: str) -> Receivers:
    if team not in draft.directory.teams:
        return Receivers(
            role, why=f"the directory has no team {team!r}" if team else "the case lies with no team"
        )
    if role == "manager":
        manager, why = draft.directory.manager_of(team, draft.now)
        return Receivers(role, (manager,) if manager is not None else (), why)
    duty = draft.directory.on_call(team, draft.now, draft.region)
    person = duty.person if role == "on-call" else duty.second
    if person is not None:
        return Receivers(role, (person,), duty.why)
    return Receivers(
        role, why=duty.why if duty.person is None else f"{duty.person.name} is alone on the shift"
    )


def _senior_management(draft: Draft) -> Receivers:
    people = [draft.directory.people[id] for id in draft.directory.senior_management.people]
    # Their hours are not asked here: outside of them a digest waits, it does not go to somebody else.
    there = tuple(person for person in people if person.absent(draft.now) is None)
    if there:
        return Receivers(SENIOR_MANAGEMENT, there)
    reason = "all of senior management are away" if people else "the directory names no senior management"
    return Receivers(SENIOR_MANAGEMENT, why=reason)
