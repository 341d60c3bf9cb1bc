"""What a policy would have made of history, as an owner asks: breaches, weeks, nights. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cli.simulation.outcome import CaseOutcome
from shared.calendar.instants import HOUR
from shared.calendar.zone import local, zone
from shared.contracts.escalation import PageRequested
from shared.contracts.instant import parse, render
from shared.policy.directory import Directory

NIGHT = (22 * HOUR, 7 * HOUR)
"""From when until when people sleep, where they live."""


@dataclass(frozen=True, slots=True, order=True)
class Breach:
    at: int
    case: str
    clock: str
    cycle: int
    severity: str = field(compare=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "severity": self.severity,
            "clock": self.clock,
            "cycle": self.cycle,
            "at": render(self.at),
        }


@dataclass(frozen=True, slots=True)
class Paged:
    """How often one person was called, and how often of that between 22:00 and 07:00 where they live."""

    person: str
    pages: int
    at_night: int


@dataclass(frozen=True, slots=True)
class History:
    """`weeks`: (the Monday, severity) to breaches, in UTC."""

    breaches: tuple[Breach, ...]
    weeks: Counter[tuple[str, str]]
    paged: tuple[Paged, ...]

    def as_json(self) -> dict[str, Any]:
        weeks: dict[str, dict[str, int]] = {}
        for (week, severity), count in sorted(self.weeks.items()):
            weeks.setdefault(week, {})[severity] = count
        return {
            "breaches": [breach.as_json() for breach in self.breaches],
            "weeks": weeks,
            "paged": [
                {"person": each.person, "pages": each.pages, "at_night": each.at_night} for each in self.paged
            ],
        }


def history(outcomes: Sequence[CaseOutcome], directory: Directory) -> History:
    """The same story, by breach, by week and by person."""
    breaches = sorted(
        Breach(parse(clock["breached_at"]), outcome.case, clock["clock"], clock["cycle"], outcome.severity)
        for outcome in outcomes
        for clock in outcome.clocks
        if clock["breached_at"] is not None
    )
    weeks = Counter((week_of(breach.at), breach.severity) for breach in breaches)
    pages = [
        fact.data for outcome in outcomes for fact in outcome.said if isinstance(fact.data, PageRequested)
    ]
    every = Counter(page.person for page in pages)
    nightly = Counter(page.person for page in pages if at_night(directory, page.person, page.at))
    paged = [Paged(person, count, nightly[person]) for person, count in every.items()]
    return History(tuple(breaches), weeks, tuple(sorted(paged, key=_most_at_night)))


def at_night(directory: Directory, person: str, at: int) -> bool:
    """Whether that person sleeps then. Somebody who is not in the directory is taken to live in UTC."""
    known = directory.people.get(person)
    of_day = local(zone(known.zone if known is not None else "UTC"), at)[1]
    return of_day >= NIGHT[0] or of_day < NIGHT[1]


def week_of(at: int) -> str:
    """The Monday of the week, in UTC."""
    day = local(zone("UTC"), at)[0]
    return (day - timedelta(days=day.weekday())).isoformat()


def weeks_between(first: str, last: str) -> list[str]:
    """Every Monday from the first to the last, also those of quiet weeks."""
    at, until = parse(f"{first}T00:00:00Z"), parse(f"{last}T00:00:00Z")
    return [render(day)[:10] for day in range(at, until + 1, 7 * 24 * HOUR)]


def _most_at_night(paged: Paged) -> tuple[int, int, str]:
    return -paged.at_night, -paged.pages, paged.person
