"""`tocsin policy show`: a policy as a customer would read it, in plain words and one table."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from cli.policy import words
from cli.policy.files import read_sound
from cli.policy.kinds import OTHER, Kind, asked, listed, rows
from cli.policy.kinds import words as of_kind
from shared.policy.match import Stated
from shared.policy.policy import Policy

WIDTH = 110

AT_ONCE = 5
"""Clocks in one table."""


def show(file: Annotated[Path, typer.Argument(help="A policy.")]) -> None:
    """Read a policy as a customer would: what is promised, in which hours, and what if it is missed."""
    policy, _ = read_sound(file)
    console = Console(highlight=False, markup=False, width=WIDTH)
    _head(console, policy)
    _table(console, policy)
    _hours(console, policy)
    _clocks(console, policy)
    _care(console, policy)


def tables(policy: Policy) -> Iterator[Table]:
    """The clocks of the trade, then the stages of a process; a few at a time, so that a row can be read."""
    for stages in (False, True):
        names = [name for name, clock in policy.clocks.items() if (clock.stage is not None) is stages]
        for start in range(0, len(names), AT_ONCE):
            yield table(policy, names[start : start + AT_ONCE])


def table(policy: Policy, clocks: Sequence[str]) -> Table:
    """One row for each kind of case that is promised something else; without those promised nothing."""
    values = asked([policy])
    for attribute, excluded in without_promise(policy).items():
        values[attribute] = tuple(value for value in values[attribute] if value not in excluded)
    told = _by_severity(rows(values, lambda stated: promised(policy, stated, clocks)))
    others = any(which for _, which, _ in told)
    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="")
    for column in ("Severity", "For") if others else ("Severity",):
        shown.add_column(column)
    for name in clocks:
        shown.add_column(words.name(name).capitalize())
    before = ""
    for severity, which, row in told:
        cells = [which or "all"] if others else []
        shown.add_row(severity if severity != before else "", *cells, *row)
        before = severity
    return shown


def without_promise(policy: Policy) -> dict[str, list[str]]:
    """Attribute to those of its values for which no clock promises anything, whatever else is stated."""
    values = asked([policy])
    found: dict[str, list[str]] = {}
    for attribute, among in values.items():
        for value in among if attribute != "severity" else ():
            of_value = rows({**values, attribute: (value,)}, lambda stated: promised(policy, stated))
            if all(set(row) == {"–"} for _, row in of_value):
                found.setdefault(attribute, []).append(value)
    return found


def _by_severity(told: list[tuple[Kind, tuple[str, ...]]]) -> list[tuple[str, str, tuple[str, ...]]]:
    """(severity, for whom, promises): within a severity, kinds that are promised the same share a row."""
    shared: dict[tuple[str, tuple[str, ...]], list[Kind]] = {}
    for kind, row in told:
        severity = next((listed(values, "or") for name, values in kind if name == "severity"), "all")
        shared.setdefault((severity, row), []).append(kind)
    severities = list(dict.fromkeys(severity for severity, _ in shared))
    lines = []
    for (severity, row), kinds in shared.items():
        # Several kinds, one of them `any other`: whoever is not named in another row.
        rest = len(kinds) > 1 and any(OTHER in values for kind in kinds for _, values in kind)
        which = [of_kind(kind, without=("severity",)) for kind in kinds]
        lines.append(
            (severities.index(severity), rest, severity, "all others" if rest else "; or ".join(which), row)
        )
    return [(severity, which, row) for _, _, severity, which, row in sorted(lines, key=lambda line: line[:2])]


def promised(policy: Policy, stated: Stated, clocks: Iterable[str] | None = None) -> tuple[str, ...]:
    """What clocks promise to a case that states this; none named: all, in the policy's order."""
    names = policy.clocks if clocks is None else clocks
    return tuple(
        words.promise(clock, policy.terms(clock, stated)) for clock in map(policy.clocks.get, names) if clock
    )


def _head(console: Console, policy: Policy) -> None:
    console.print(policy.title or policy.name, style="bold")
    console.print(f"{policy.name}, in force from {policy.effective} ({policy.zone})")
    _section(console, "Severities")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for severity, meaning in policy.vocabulary.severities.items():
        grid.add_row(severity, meaning)
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    console.print(f"  Where none is stated: {policy.vocabulary.default_severity}.")


def _table(console: Console, policy: Policy) -> None:
    _section(console, "What is promised")
    for position, shown in enumerate(tables(policy)):
        if position:
            console.print()
        console.print(Padding(shown, (0, 0, 0, 2), expand=False))
    for attribute, values in without_promise(policy).items():
        console.print(f"  Nothing is promised where the {words.name(attribute)} is {listed(values, 'or')}.")


def _hours(console: Console, policy: Policy) -> None:
    _section(console, "The hours that count")
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, calendar in policy.calendars.items():
        grid.add_row(name, words.hours(calendar))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))


def _clocks(console: Console, policy: Policy) -> None:
    _section(console, "What is measured")
    for clock in policy.clocks.values():
        told = " ".join(words.clock(clock))
        console.print(Padding(f"{words.name(clock.name).capitalize()}: {told}", (0, 0, 0, 2), expand=False))


def _care(console: Console, policy: Policy) -> None:
    escalation = policy.escalation
    if escalation.tiers:
        _section(console, "Who takes care")
        for tier in escalation.tiers:
            console.print(Padding(words.tier(tier), (0, 0, 0, 2), expand=False))
    if escalation.ladders.rules:
        _section(console, "When time runs out")
    taken: set[str] = set()
    for rule in escalation.ladders.rules:
        which = f", where {words.when(rule.when)}" if rule.when.conditions else ""
        which = which or (", all others" if taken & set(rule.then.clocks) else "")
        taken.update(rule.then.clocks)
        clocks = listed([words.name(clock) for clock in rule.then.clocks])
        console.print(Padding(f"{clocks.capitalize()}{which}:", (0, 0, 0, 2), expand=False))
        for told in words.ladder(rule.then.steps):
            console.print(Padding(told, (0, 0, 0, 4), expand=False))


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(title, style="bold")
