"""A log through a whole system of its own, from nothing: started, told in time-lapse, compared, ended.

python -m cli.replay_real [--wire kafka] [--speed 86400] LOG
"""

import asyncio
import dataclasses
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli.errors import DIFFERS, fail
from cli.events import Event
from cli.local.plan import POLICIES, Plan
from cli.local.ports import free
from cli.local.system import Ground, NotReady, servers, services
from cli.provisioning import SERVICES
from cli.replay.command import TENANT, Replayed, Target, replay, report
from cli.simulation.command import WIDTH, horizon, say
from cli.simulation.log import book_for, facts_of, read_log
from cli.simulation.outcome import simulate, table, totals
from shared.contracts.instant import HOUR, MINUTE, SECOND, render
from shared.ops.clock import RealClock
from shared.ops.local_server import CannotStart
from shared.policy.book import PolicyBook

TO_START = 20 * SECOND
"""Physical µs from writing the clock's setting to its first instant: enough for the services to be up."""


def main(
    *,
    log: Annotated[Path, typer.Argument(help="A CSV export, or events as JSON lines.")],
    wire: Annotated[Literal["postgres", "kafka"], typer.Option(help="What carries the facts.")] = "postgres",
    speed: Annotated[int, typer.Option(help="How many times as fast as real time.")] = 86_400,
    policy: Annotated[str | None, typer.Option(help="Whose promises; none: the directory's.")] = None,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    mapping: Annotated[Path | None, typer.Option(help="How a CSV is read.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; none: 30 days after the last event.")] = None,
) -> None:
    """Replay a log on a system of its own and compare every clock with what `simulate` says."""
    console = Console(highlight=False)
    console.width = max(console.width, WIDTH)
    events = read_log(log, mapping)
    end = horizon(events, until)
    book = book_for(events, policies, policy)
    outcomes = simulate(book, facts_of(events, TENANT), end)
    console.print(f"[bold]As the pure functions say[/], until {render(end)}\n")
    console.print(table(outcomes))
    console.print(f"\n{say(totals(outcomes))}\n")
    days = (end - events[0].time) / (24 * HOUR)
    console.print(
        f"[bold]As a system does[/], on {wire}: {days:,.0f} days in {days * 1440 / speed:.1f} minutes\n"
    )
    home = Path(tempfile.mkdtemp(prefix="tocsin-replay-"))
    try:
        ports = dict(zip(SERVICES, free(len(SERVICES)), strict=True))
        plan = Plan(home, wire, policies=policies, ports=ports, keep=False)
        with servers(plan, lambda what: console.print(f"[dim]starting {what}[/]")) as ground:
            # The services are up before time begins.
            clock = f"{render(events[0].time - MINUTE)}@{render(RealClock().now() + TO_START)} x {speed}"
            plan = dataclasses.replace(plan, clock=clock)
            replayed = asyncio.run(_replay(plan, ground, events, book, end, console))
    except (CannotStart, NotReady) as wrong:
        fail(str(wrong), DIFFERS)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if replayed is not None:
        report(replayed, console)


async def _replay(
    plan: Plan, ground: Ground, events: list[Event], book: PolicyBook, end: int, console: Console
) -> Replayed | None:
    def hear(name: str, line: str) -> None:
        if line.startswith("ended ("):
            console.print(f"{name} {line}", markup=False, soft_wrap=True)

    async with services(plan, ground, hear) as system:
        key = await system.key("api-key", TENANT, sorted({event.source for event in events}))
        target = Target(plan.url("intake"), plan.url("clock"), key)
        return await replay(target, events, book, end, speed=None, console=console)


if __name__ == "__main__":
    typer.run(main)
