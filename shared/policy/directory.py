"""The directory: customers, people, teams and senior management, and the questions asked of it. Pure.

One directory serves all policies; it changes by the day (people go on leave), policies by effective date.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from shared.calendar.calendar import Calendar
from shared.policy.roster import Duty, Person, Team


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of the customer's: who is told how a case stands, in which language and zone."""

    name: str
    email: str = ""
    zone: str = "UTC"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Customer:
    """An agreement: the policy by name, what was bought, and the people in charge on both sides.

    `manager` and `deputy` are the dedicated people (FD-5): a case goes to them past every queue. `attributes`
    hold what the agreement says of each of its cases (package, region, deployment, …) where the case itself
    does not say it.
    """

    id: str
    name: str
    policy: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    manager: str | None = None
    deputy: str | None = None

    def contact(self, named: str | None) -> Contact | None:
        """The contact of that name or address; the first one when nobody, or somebody unknown, is named."""
        for contact in self.contacts:
            if named is not None and named.casefold() in (contact.name.casefold(), contact.email.casefold()):
                return contact
        return self.contacts[0] if self.contacts else None


@dataclass(frozen=True, slots=True)
class SeniorManagement:
    """People who read digests in their own hours; severities in `always_for` reach them at any time."""

    people: tuple[str, ...] = ()
    hours: Calendar | None = None
    always_for: tuple[str, ...] = ()

    def hears_at(self, at: int, severity: str) -> int:
        """The first instant from `at` on at which they may be told of a case of that severity."""
        if self.hours is None or severity in self.always_for:
            return at
        return self.hours.next_open(at)


@dataclass(frozen=True, slots=True)
class Directory:
    customers: Mapping[str, Customer] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    senior_management: SeniorManagement = SeniorManagement()
    digest: str = field(default="", compare=False)
    """Of the text that it was read from; empty where it was made otherwise."""

    def on_call(self, team: str, at: int, region: str | None = None) -> Duty:
        """Who of a team is to be asked at that instant (FD-7). Raises KeyError for an unknown team."""
        return self.teams[team].on_duty(self.people, at, region)

    def manager_of(self, team: str, at: int) -> tuple[Person | None, str]:
        """The first of a team's managers who is there, or why none is."""
        return self._first_there(self.teams[team].managers, at, f"manager of {self.teams[team].title}")

    def dedicated(self, customer: str, at: int) -> tuple[Person | None, str]:
        """The customer's own manager, or the deputy when the manager is not there, or why neither (FD-5)."""
        agreed = self.customers[customer]
        named = [id for id in (agreed.manager, agreed.deputy) if id is not None]
        return self._first_there(named, at, f"dedicated to {agreed.name}")

    def _first_there(self, ids: Iterable[str], at: int, role: str) -> tuple[Person | None, str]:
        passed = ""
        for person in (self.people[id] for id in ids):
            reason = person.unavailable(at)
            if reason is None:
                return person, f"{person.name}, {role}{passed}"
            passed += f"; {person.name} is {reason}"
        return None, f"there is no {role}" if not passed else f"nobody is there as {role}{passed}"

    def uncovered(self, teams: Iterable[str], since: int, until: int) -> tuple[tuple[int, int], ...]:
        """The intervals of [since, until) in which nobody of any of these teams can be asked."""
        asked = [self.teams[team] for team in teams]
        edges = {since, until}
        for shift in (shift for team in asked for shift in team.shifts):
            edges.update(edge for interval in shift.calendar.intervals(since, until) for edge in interval)
            for id in shift.people:
                edges.update(self.people[id].changes(since, until))
        instants = sorted(edge for edge in edges if since <= edge <= until)
        gaps: list[tuple[int, int]] = []
        for start, end in pairwise(instants):
            if any(team.on_duty(self.people, start).there for team in asked):
                continue
            if gaps and gaps[-1][1] == start:
                gaps[-1] = (gaps[-1][0], end)
            else:
                gaps.append((start, end))
        return tuple(gaps)
