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
from cli.local.system import NotReady, servers, services
from cli.local.trouble import Trouble
from cli.provisioning import SERVICES
from cli.replay.command import TENANT, Replayed, Target, replay, report
from cli.simulation.command import WIDTH, horizon, say
from cli.simulation.log import book_for, facts_of, read_log
from cli.simulation.outcome import simulate, table, totals
from shared.contracts.instant import HOUR, MINUTE, SECOND, render
from shared.ops.clock import RealClock, parse_clock
from shared.ops.local_server import CannotStart
from shared.policy.book import PolicyBook

TO_START = 30 * SECOND
"""Physical µs from writing the clock's setting to its first instant: enough for the services to be up."""


def main(  # noqa: PLR0913 - options
    *,
    log: Annotated[Path, typer.Argument(help="A CSV export, or events as JSON lines.")],
    wire: Annotated[Literal["postgres", "kafka"], typer.Option(help="What carries the facts.")] = "postgres",
    speed: Annotated[int, typer.Option(help="How many times as fast as real time.")] = 86_400,
    policy: Annotated[str | None, typer.Option(help="Whose promises; none: the directory's.")] = None,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    mapping: Annotated[Path | None, typer.Option(help="How a CSV is read.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; none: 30 days after the last event.")] = None,
    kill: Annotated[bool, typer.Option(help="kill -9 each service once on the way (on Linux).")] = False,
    broker_away: Annotated[int, typer.Option(help="Seconds without the broker, half way.")] = 0,
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
        with servers(plan, lambda what: console.print(f"[dim]{what}[/]")) as ground:
            # The services are up before time begins.
            clock = f"{render(events[0].time - MINUTE)}@{render(RealClock().now() + TO_START)} x {speed}"
            plan = dataclasses.replace(plan, clock=clock)
            trouble = Trouble(ground, console, kill=kill, broker_away=broker_away)
            replayed = asyncio.run(_replay(plan, trouble, events, book, end))
    except (CannotStart, NotReady) as wrong:
        fail(str(wrong), DIFFERS)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if replayed is not None:
        report(replayed, console)


async def _replay(
    plan: Plan, trouble: Trouble, events: list[Event], book: PolicyBook, end: int
) -> Replayed | None:
    console = trouble.console

    def hear(name: str, line: str) -> None:
        if line.startswith("ended ("):
            console.print(f"{name} {line}", markup=False, soft_wrap=True)

    async with services(plan, trouble.ground, hear) as system:
        key = await system.key("api-key", TENANT, sorted({event.source for event in events}))
        target = Target(plan.url("intake"), plan.url("clock"), key, plan.url("escalation"))
        making = asyncio.get_running_loop().create_task(
            trouble.make([event.time for event in events], parse_clock(plan.clock))
        )
        try:
            return await replay(target, events, book, end, speed=None, console=console)
        finally:
            if not making.cancel():
                making.result()  # what went wrong with the trouble is said


if __name__ == "__main__":
    typer.run(main)
