"""`tocsin simulate`: what a policy would have made of a log, in seconds."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import fail
from cli.events import Event
from cli.local.plan import POLICIES
from cli.simulation.log import book_for, facts_of, read_log
from cli.simulation.outcome import as_json, simulate, table, totals
from shared.contracts.instant import DAY, BadInstant, Instant, parse, render

AFTERWARDS = 30 * DAY
"""How long the clocks go on after the last event, where nothing else is said."""

WIDTH = 110
"""Columns that the table needs; a narrower terminal wraps its lines rather than cutting its numbers."""


def command(
    log: Annotated[Path, typer.Argument(help="A CSV export, or events as JSON lines.")],
    policy: Annotated[
        str | None, typer.Option(help="Whose promises; none: what the directory says of each customer.")
    ] = None,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    mapping: Annotated[Path | None, typer.Option(help="How a CSV is read.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; none: 30 days after the last event.")] = None,
    json_: Annotated[
        Path | None, typer.Option("--json", help="Write everything there as JSON; - is standard output.")
    ] = None,
) -> None:
    """Live through a log in virtual time: clocks, warnings, breaches, pages."""
    events = read_log(log, mapping)
    end = horizon(events, until)
    book = book_for(events, policies, policy)
    outcomes = simulate(book, facts_of(events, "simulated"), end)
    console = Console(highlight=False, stderr=json_ == Path("-"))
    console.width = max(console.width, WIDTH)
    console.print(table(outcomes))
    console.print()
    console.print(say(totals(outcomes)) + f", until {render(end)}")
    if json_ is not None:
        text = json.dumps(as_json(outcomes, end), ensure_ascii=False, indent=1)
        if json_ == Path("-"):
            typer.echo(text)
        else:
            json_.write_text(text + "\n", encoding="utf-8")


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
