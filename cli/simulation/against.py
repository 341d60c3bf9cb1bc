"""One log under two policies: what the new one would have changed. Numbers, tables, JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from cli.simulation.history import Breach, History, Paged, weeks_between
from cli.simulation.outcome import CaseOutcome, totals
from shared.contracts.instant import render

SHOWN = 10
"""Cases that are named; the JSON names all."""

WIDEST = 30
"""Characters of the longest bar."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A log under one policy. `severities`: all that occur, the most severe first."""

    policy: str
    severities: Sequence[str]
    outcomes: Sequence[CaseOutcome]
    history: History


def numbers(new: Lived, old: Lived | None = None) -> Table:
    """The totals of both, side by side."""
    shown = _table("", new, old)
    before = totals(old.outcomes) if old is not None else {}
    rows = {**totals(new.outcomes), "pages at night": sum(each.at_night for each in new.history.paged)}
    before["pages at night"] = sum(each.at_night for each in old.history.paged) if old is not None else 0
    for name, count in rows.items():
        shown.add_row(name, *_cells(count, before.get(name, 0) if old is not None else None))
    return shown


def by_clock(new: Lived, old: Lived) -> Table:
    """Breaches by clock and severity, where there are any."""
    counts = [Counter((each.clock, each.severity) for each in lived.history.breaches) for lived in (new, old)]
    shown = _table("breaches of", new, old)
    found = counts[0].keys() | counts[1].keys()
    for clock, severity in sorted(found, key=lambda each: (each[0], new.severities.index(each[1]))):
        name = f"{clock.replace('_', ' ')}, {severity}"
        shown.add_row(name, *_cells(counts[0][clock, severity], counts[1][clock, severity]))
    return shown


def by_week(new: Lived, old: Lived | None = None) -> Table:
    """Breaches a week and severity, with a bar: `█` under the new policy, `░` where the old one had more."""
    among = [lived.history.weeks for lived in (new, old) if lived is not None]
    weeks = {week for each in among for week, _ in each}
    occurring = {severity for each in among for _, severity in each}
    severities = [severity for severity in new.severities if severity in occurring]
    shown = Table(box=None, pad_edge=False, header_style="")
    shown.add_column("breaches in the week of", no_wrap=True)
    for severity in severities:
        shown.add_column(severity, justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    if not weeks:
        return shown
    sums = [Counter(_summed(each)) for each in among]
    most = max(count for each in sums for count in each.values())
    for week in weeks_between(min(weeks), max(weeks)):
        cells = [_both(*(each[week, severity] for each in among)) for severity in severities]
        lengths = [-(-each[week] * WIDEST // most) for each in sums]
        shown.add_row(week, *cells, "█" * lengths[0] + "░" * (lengths[-1] - lengths[0]))
    return shown


def by_person(new: Lived, old: Lived | None = None) -> Table:
    """Who would have been called, and how often at night."""
    shown = Table(box=None, pad_edge=False, header_style="")
    shown.add_column("called", no_wrap=True)
    shown.add_column("at any time", justify="right", no_wrap=True)
    shown.add_column("at night", justify="right", no_wrap=True)
    before = {each.person: each for each in old.history.paged} if old is not None else None
    after = {each.person: each for each in new.history.paged}
    for person in dict.fromkeys((*after, *(before or ()))):
        now = after.get(person, Paged(person, 0, 0))
        was = before.get(person, Paged(person, 0, 0)) if before is not None else None
        if was is None:
            shown.add_row(person, _both(now.pages), _both(now.at_night))
        else:
            shown.add_row(person, _both(now.pages, was.pages), _both(now.at_night, was.at_night))
    return shown


def changed(new: Lived, old: Lived) -> tuple[list[Breach], list[Breach]]:
    """Breaches that only the new policy has, and those that it would have spared, each in time order."""
    after, before = ({_name(each): each for each in lived.history.breaches} for lived in (new, old))
    return (
        sorted(each for name, each in after.items() if name not in before),
        sorted(each for name, each in before.items() if name not in after),
    )


def told(title: str, breaches: Sequence[Breach]) -> Iterator[str]:
    yield f"{title}: {len(breaches)}"
    for each in breaches[:SHOWN]:
        cycle = f" {each.cycle}" if each.cycle > 1 else ""
        yield f"  {each.case}, {each.severity}: {each.clock.replace('_', ' ')}{cycle} at {render(each.at)}"
    if len(breaches) > SHOWN:
        yield f"  … and {len(breaches) - SHOWN} more"


def as_json(new: Lived, old: Lived, until: int) -> dict[str, Any]:
    more, fewer = changed(new, old)
    return {
        "until": render(until),
        "new": {"policy": new.policy, "totals": totals(new.outcomes), **new.history.as_json()},
        "old": {"policy": old.policy, "totals": totals(old.outcomes), **old.history.as_json()},
        "breached_only_under_new": [each.as_json() for each in more],
        "breached_only_under_old": [each.as_json() for each in fewer],
    }


def _table(first: str, new: Lived, old: Lived | None) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="")
    shown.add_column(first, no_wrap=True)
    for column in (old.policy, new.policy, "change") if old is not None else (new.policy,):
        shown.add_column(column, justify="right", no_wrap=True)
    return shown


def _cells(now: int, was: int | None) -> tuple[str, ...]:
    if was is None:
        return (f"{now:,}",)
    return f"{was:,}", f"{now:,}", f"{now - was:+,}" if now != was else "·"


def _both(now: int, was: int | None = None) -> str:
    if was is None or was == now:
        return str(now or "·")
    return f"{was} → {now}"


def _summed(weeks: Counter[tuple[str, str]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (week, _), count in weeks.items():
        sums[week] = sums.get(week, 0) + count
    return sums


def _name(breach: Breach) -> tuple[str, str, int]:
    return breach.case, breach.clock, breach.cycle
