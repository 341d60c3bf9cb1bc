"""Who works when: people, shifts, turns, teams. A pure reading of calendars and dates.

A team's shifts are ordered. At an instant the open ones count, those that are primary for the case's region
first; within a shift people stand in the order of their turn. Whoever is away is passed over. After-hours
duty is a shift like any other, listed last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shared.calendar.calendar import Calendar
from shared.calendar.zone import at_local, local, zone

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Channel:
    """One way of reaching a person.

    `console`; `email` with an address; `webhook` with a URL or its name; `pagerduty` with the name of a key.
    """

    kind: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """Local dates, both included, on which somebody does not work."""

    first: date
    last: date
    why: str = "away"


@dataclass(frozen=True, slots=True)
class Person:
    """`channels` in the order in which they are tried; `hours` only for those who work by no shift."""

    id: str
    name: str
    zone: str = "UTC"
    language: str = "en"
    role: str = ""
    channels: tuple[Channel, ...] = ()
    hours: Calendar | None = None
    absences: tuple[Absence, ...] = ()

    def absent(self, at: int) -> str | None:
        """Why this person does not work on that date; None: they do."""
        today = local(zone(self.zone), at)[0]
        for absence in self.absences:
            if absence.first <= today <= absence.last:
                return f"{absence.why} until {absence.last}"
        return None

    def unavailable(self, at: int) -> str | None:
        """Why this person is not to be asked at that instant; None: they are there."""
        absence = self.absent(at)
        if absence is not None:
            return absence
        if self.hours is not None and not self.hours.is_open(at):
            return "outside working hours"
        return None

    def changes(self, since: int, until: int) -> set[int]:
        """The instants in the range at which `unavailable` may change its answer."""
        where = zone(self.zone)
        edges = {
            at_local(where, day, 0)
            for absence in self.absences
            for day in (absence.first, absence.last + _ONE_DAY)
        }
        if self.hours is not None:
            edges.update(edge for interval in self.hours.intervals(since, until) for edge in interval)
        return edges


@dataclass(frozen=True, slots=True)
class Turn:
    """Takes people in turn: from the date `since` on, each for `days` local dates."""

    since: date
    days: int = 7

    def order(self, people: tuple[str, ...], day: date) -> tuple[str, ...]:
        """The people, whose turn it is first, the next in turn after them."""
        first = (day - self.since).days // self.days % len(people)
        return people[first:] + people[:first]


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of a team in its own zone, with its own holidays, and who works them."""

    name: str
    calendar: Calendar
    people: tuple[str, ...]
    turn: Turn | None = None
    regions: tuple[str, ...] = ()

    def on_turn(self, at: int) -> tuple[str, ...]:
        """The people of the hours that are open at that instant, in their order; nobody when closed.

        Hours across midnight belong to the date on which they began: nobody hands over in the night.
        """
        if not self.calendar.is_open(at):
            return ()
        if self.turn is None:
            return self.people
        day = self.calendar.local(at)[0]
        if not any(opens <= at < closes for opens, closes in self.calendar.schedule.open_on(day)):
            day -= _ONE_DAY
        return self.turn.order(self.people, day)


@dataclass(frozen=True, slots=True)
class Team:
    """Shifts, and the managers who are asked when the shift stays silent: the first who is there."""

    id: str
    title: str
    managers: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()

    def on_duty(self, people: Mapping[str, Person], at: int, region: str | None = None) -> "Duty":
        """Who can be asked at that instant: the first is on call, the second stands in."""
        there: list[tuple[Person, Shift]] = []
        missing: list[str] = []
        for shift in sorted(self.shifts, key=lambda each: region not in each.regions):
            for person in (people[id] for id in shift.on_turn(at)):
                reason = person.unavailable(at)
                if reason:
                    missing.append(f"{person.name} is {reason}")
                elif all(person != other for other, _ in there):
                    there.append((person, shift))
        return Duty(self, tuple(there), tuple(dict.fromkeys(missing)))

    def next_opening(self, at: int) -> int | None:
        """When the next shift begins; None for a team without shifts."""
        return min((shift.calendar.next_open(at) for shift in self.shifts), default=None)


@dataclass(frozen=True, slots=True)
class Duty:
    """The answer of a roster: who is there in which shift, in the order to be asked, and who is missing."""

    team: Team
    there: tuple[tuple[Person, Shift], ...]
    missing: tuple[str, ...]

    @property
    def person(self) -> Person | None:
        return self.there[0][0] if self.there else None

    @property
    def second(self) -> Person | None:
        return self.there[1][0] if len(self.there) > 1 else None

    @property
    def why(self) -> str:
        """In plain words: on call by which shift, or why nobody is."""
        gone = f" ({'; '.join(self.missing)})" if self.missing else ""
        if self.there:
            person, shift = self.there[0]
            return f"{person.name} is on call: {self.team.title}, {shift.name}{gone}"
        if self.missing:
            return f"nobody of {self.team.title} is there{gone}"
        return f"no shift of {self.team.title} is open"
