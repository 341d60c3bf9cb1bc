"""`tocsin replay`: a log told to a running system in its own time, and what came of it compared."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.errors import DIFFERS, fail
from cli.events import Event
from cli.local.plan import POLICIES
from cli.replay.comparing import CaseReader, Clocks, Difference, settle
from cli.replay.door import Door, DoorClosed
from cli.replay.telling import tell
from cli.simulation.command import horizon
from cli.simulation.log import book_for, facts_of, read_log
from cli.simulation.outcome import simulate
from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant, parse, render
from shared.ops.clock import Clock, RealClock, TimeLapse
from shared.policy.book import PolicyBook

TENANT = "replayed"
SHOWN = 50
"""Differences that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running system: intake's and the clock service's addresses, and a key for the log's sources."""

    intake: str
    clocks: str
    key: str
    escalations: str = ""
    """The escalation service's address, to count its pages; empty: they are not counted."""
    patience: int = 60_000_000
    """Physical µs for which a door may stay shut, or a difference may stand."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: the clocks as the system shows them, and where they are not as expected."""

    clocks: dict[str, Clocks]
    differences: list[Difference]
    pages: int | None = None

    def totals(self) -> dict[str, int]:
        every = [clock for clocks in self.clocks.values() for clock in clocks]
        return {
            "cases": len(self.clocks),
            "clocks": len(every),
            "breaches": sum(clock["breached_at"] is not None for clock in every),
            **({} if self.pages is None else {"pages": self.pages}),
            "differences": len(self.differences),
        }


def command(  # noqa: PLR0913 - options
    *,
    log: Annotated[Path, typer.Argument(help="A CSV export, or events as JSON lines.")],
    policy: Annotated[str | None, typer.Option(help="Whose promises, for --compare.")] = None,
    speed: Annotated[int | None, typer.Option(help="The time-lapse that the system must run in.")] = None,
    compare: Annotated[bool, typer.Option(help="End by comparing every clock with `simulate`.")] = False,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    mapping: Annotated[Path | None, typer.Option(help="How a CSV is read.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; none: 30 days after the last event.")] = None,
    intake: Annotated[str, typer.Option(help="Where events are posted.")] = "http://127.0.0.1:8080",
    clocks: Annotated[str, typer.Option(help="Where clocks are read.")] = "http://127.0.0.1:8081",
    escalations: Annotated[str, typer.Option(help="Where pages are counted.")] = "http://127.0.0.1:8082",
    key_file: Annotated[Path, typer.Option(help="An API key for the log's source.")] = Path(
        ".tocsin/api-key"
    ),
) -> None:
    """Tell a log to a running system, each event when the system's clock has reached its time."""
    events = read_log(log, mapping)
    end = horizon(events, until)
    book = book_for(events, policies, policy)
    try:
        key = key_file.read_text(encoding="utf-8").strip()
    except OSError as wrong:
        fail(f"{key_file}: {wrong.strerror}: make a key with `tocsin keys create`")
    target = Target(intake.rstrip("/"), clocks.rstrip("/"), key, escalations.rstrip("/"))
    console = Console(highlight=False)
    replayed = asyncio.run(
        replay(target, events, book if compare else None, end, speed=speed, console=console)
    )
    if replayed is not None:
        report(replayed, console)


async def replay(
    target: Target,
    events: Sequence[Event],
    book: PolicyBook | None,
    end: Instant,
    *,
    speed: int | None,
    console: Console,
) -> Replayed | None:
    """Tell the log; with a book, wait until `end` has passed and compare. Ends the command when it cannot."""
    headers = {"Authorization": f"Bearer {target.key}"}
    async with httpx2.AsyncClient(timeout=30, headers=headers) as client:
        clock = await _clock_of(client, target, speed)
        door = Door(client, target.intake, target.patience)
        try:
            with Progress(
                TextColumn("[dim]{task.fields[now]}"), BarColumn(), MofNCompleteColumn(), console=console
            ) as progress:
                bar = progress.add_task("told", total=len(events), now="")
                await tell(
                    events,
                    door,
                    clock,
                    lambda more: progress.update(bar, advance=more, now=render(clock.now())[:16]),
                )
        except* DoorClosed as closed:
            fail(str(closed.exceptions[0]), DIFFERS)
        tally = door.tally
        console.print(
            f"{tally.accepted:,} accepted, {tally.repeated:,} known already, {len(tally.refused):,} refused, "
            f"{tally.again:,} requests sent again"
        )
        for refusal in tally.refused[:SHOWN]:
            console.print(f"  refused: {refusal.event.id}: {refusal.why}", markup=False, soft_wrap=True)
        if book is None:
            return None
        console.print(f"[dim]waiting for {render(end)}[/]")
        await clock.sleep_until(end)
        return await _compare(client, target, events, book, clock)


async def _compare(
    client: httpx2.AsyncClient, target: Target, events: Sequence[Event], book: PolicyBook, clock: Clock
) -> Replayed:
    facts: dict[str, list[Fact]] = {}
    for fact in facts_of(events, TENANT):
        facts.setdefault(fact.case, []).append(fact)

    def expect(case: str, now: Instant) -> list[dict[str, Any]]:
        return simulate(book, facts[case], now)[0].clocks

    reader = CaseReader(client, target.clocks)
    seen, found = await settle(list(facts), reader, expect, clock, target.patience)
    pages = (
        await _pages(CaseReader(client, target.escalations, "escalation"), facts)
        if target.escalations
        else None
    )
    return Replayed(seen, found, pages)


async def _pages(reader: CaseReader, cases: Iterable[str]) -> int:
    """How many pages were asked for.

    `simulate` may say otherwise: in a fast time-lapse a second of delay is a day, and nobody is paged for
    what is over by then; nor is a page undone that a late fact made needless.
    """
    shown = [case for case in await asyncio.gather(*map(reader.read, cases)) if case is not None]
    return sum(len(ladder["pages"]) for case in shown for ladder in case["ladders"])


async def _clock_of(client: httpx2.AsyncClient, target: Target, speed: int | None) -> Clock:
    """The system's clock, kept here: it is the same machine's, or one whose clock agrees."""
    url = f"{target.intake}/v1/clock"
    try:
        answer = await client.get(url)
        answer.raise_for_status()
    except httpx2.HTTPError as wrong:
        fail(f"{url}: {wrong}: is `tocsin up` running?", DIFFERS)
    shown = answer.json()
    if speed is not None and shown["speed"] != speed:
        fail(
            f"{url}: the system runs {shown['speed']} times as fast as real time, not {speed}: "
            f"start it with `tocsin up --speed {speed} --origin TIME --home DIR`"
        )
    if shown["origin"] is None:
        return RealClock()
    return TimeLapse(parse(shown["origin"]), parse(shown["anchor"]), shown["speed"])


def report(replayed: Replayed, console: Console) -> None:
    """Say what came of it; ends the command with 1 when anything differs."""
    for difference in replayed.differences[:SHOWN]:
        console.print(str(difference), markup=False, soft_wrap=True)
    if len(replayed.differences) > SHOWN:
        console.print(f"… and {len(replayed.differences) - SHOWN:,} more")
    console.print(", ".join(f"{number:,} {what}" for what, number in replayed.totals().items()))
    if replayed.differences:
        raise typer.Exit(DIFFERS)
