"""`tocsin simulate`: what a policy would have made of a log, in seconds."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import fail
from cli.events import Event
from cli.local.plan import POLICIES
from cli.simulation.against import Lived, by_clock, by_person, by_week, changed, numbers, told
from cli.simulation.against import as_json as both_as_json
from cli.simulation.chart import chart
from cli.simulation.history import history
from cli.simulation.log import book_for, facts_of, read_log
from cli.simulation.outcome import as_json, simulate, table, totals
from shared.contracts.instant import DAY, BadInstant, Instant, parse, render

AFTERWARDS = 30 * DAY
"""How long the clocks go on after the last event, where nothing else is said."""

WIDTH = 110
"""Columns that the table needs; a narrower terminal wraps its lines rather than cutting its numbers."""


def command(
    log: Annotated[Path, typer.Argument(help="A CSV export, or events as JSON lines.")],
    *,
    policy: Annotated[
        str | None,
        typer.Option(help="Whose promises: NAME, NAME@DATE or a file; none: what the directory says."),
    ] = None,
    against: Annotated[str | None, typer.Option(help="Another policy, to be compared with.")] = None,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    mapping: Annotated[Path | None, typer.Option(help="How a CSV is read.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; none: 30 days after the last event.")] = None,
    json_: Annotated[
        Path | None, typer.Option("--json", help="Write everything there as JSON; - is standard output.")
    ] = None,
    chart_: Annotated[
        Path | None, typer.Option("--chart", help="Write breaches by week there, as SVG.")
    ] = None,
) -> None:
    """Live through a log in virtual time: clocks, warnings, breaches, pages."""
    events = read_log(log, mapping)
    end = horizon(events, until)
    new = _lived(events, policies, policy, end)
    old = _lived(events, policies, against, end) if against is not None else None
    if old is not None:
        new = replace(new, severities=list(dict.fromkeys((*new.severities, *old.severities))))
        if old.policy == new.policy:  # one version, two texts
            new, old = replace(new, policy=policy or new.policy), replace(old, policy=against or old.policy)
    console = Console(highlight=False, stderr=json_ == Path("-"))
    console.width = max(console.width, WIDTH)
    if old is None:
        said = as_json(new.outcomes, end) | new.history.as_json()
        _tell(console, new)
        console.print(say(totals(new.outcomes)) + f", until {render(end)}")
    else:
        said = both_as_json(new, old, end)
        _compare(console, new, old)
    if chart_ is not None:
        chart_.write_text(chart(new, old), encoding="utf-8")
    if json_ is not None:
        text = json.dumps(said, ensure_ascii=False, indent=1)
        if json_ == Path("-"):
            typer.echo(text)
        else:
            json_.write_text(text + "\n", encoding="utf-8")


def _lived(events: list[Event], folder: Path, policy: str | None, end: Instant) -> Lived:
    book = book_for(events, folder, policy)
    outcomes = simulate(book, facts_of(events, "simulated"), end)
    versions = book.versions()
    name = versions[0].version if policy is not None and len(versions) == 1 else policy
    severities = dict.fromkeys(severity for each in versions for severity in each.vocabulary.severities)
    severities |= dict.fromkeys(outcome.severity for outcome in outcomes)
    story = history(outcomes, book.directory)
    return Lived(name or "as the directory says", list(severities), outcomes, story)


def _tell(console: Console, new: Lived) -> None:
    for shown in (table(new.outcomes), by_week(new), by_person(new)):
        if shown.row_count:
            console.print(shown)
            console.print()


def _compare(console: Console, new: Lived, old: Lived) -> None:
    for shown in (numbers(new, old), by_clock(new, old), by_week(new, old), by_person(new, old)):
        if shown.row_count:
            console.print(shown)
            console.print()
    more, fewer = changed(new, old)
    for line in (*told(f"breached under {new.policy} only", more), *told(f"under {old.policy} only", fewer)):
        console.print(line, markup=False)


def horizon(events: list[Event], until: str | None) -> Instant:
    """When the story ends."""
    if not events:
        fail("the log has no events")
    try:
        return events[-1].time + AFTERWARDS if until is None else parse(until)
    except BadInstant as wrong:
        fail(f"--until: {wrong}")


def say(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in numbers.items())
