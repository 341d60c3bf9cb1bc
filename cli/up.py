"""`tocsin up`: a whole system on this machine, and a demo to see what it does."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli.demo import SOURCE, TENANT, Demo, Links
from cli.errors import DIFFERS, fail
from cli.local.clock import ClockChosen, clock_setting
from cli.local.plan import POLICIES, Plan, ports_from
from cli.local.ports import is_free
from cli.local.system import Ground, NotReady, servers, services
from shared.contracts.instant import BadInstant
from shared.ops.clock import BadClock, parse_clock
from shared.ops.local_server import CannotStart


def up(  # noqa: PLR0913 - options
    *,
    wire: Annotated[Literal["postgres", "kafka"], typer.Option(help="What carries the facts.")] = "postgres",
    kafka: Annotated[str, typer.Option(help="host:port of a broker; none: one of our own.")] = "",
    speed: Annotated[int | None, typer.Option(help="Time-lapse: how many times as fast.")] = None,
    origin: Annotated[str | None, typer.Option(help="Time-lapse: when it begins, RFC 3339.")] = None,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    port: Annotated[int, typer.Option(help="Intake's; the others have the next three.")] = 8080,
    home: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path(".tocsin"),
    demo: Annotated[bool, typer.Option(help="Play the demo when all is up.")] = True,
    verbose: Annotated[bool, typer.Option(help="Show what the services log.")] = False,
) -> None:
    """Run a database, perhaps a broker, and the four services, until Ctrl-C; the next start goes on."""
    console = Console(highlight=False)
    try:
        clock = clock_setting(home, speed=speed, origin=origin)
        parse_clock(clock)
    except (ClockChosen, BadInstant, BadClock) as wrong:
        fail(str(wrong))
    plan = Plan(home, "kafka" if kafka else wire, kafka, clock, policies, ports_from(port))
    _ports_are_free(plan)
    # SIGTERM ends it as Ctrl-C does, at any moment, also where a shell started us without Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        with servers(plan, lambda what: console.print(f"[dim]{what}[/]")) as ground:
            asyncio.run(_live(plan, ground, console, demo=demo, verbose=verbose))
    except KeyboardInterrupt:
        console.print("\nended; the next start goes on from here")
    except (CannotStart, NotReady) as wrong:
        fail(str(wrong), DIFFERS)


async def _live(plan: Plan, ground: Ground, console: Console, *, demo: bool, verbose: bool) -> None:
    links = Links()

    def hear(name: str, line: str) -> None:
        if name == "notifier":
            links.hear(line)
        if verbose or line.startswith("ended ("):
            console.print(f"{name:10} {line}", markup=False, soft_wrap=True)

    console.print("[dim]starting intake, clock, escalation, notifier[/]")
    async with services(plan, ground, hear) as system:
        key = await system.key("api-key", TENANT, [SOURCE])
        _say_where(plan, console)
        if demo:
            await Demo(system, key, links, console).play()
        console.print("\nRunning. Ctrl-C ends it.")
        await asyncio.Event().wait()


def _say_where(plan: Plan, console: Console) -> None:
    intake = plan.url("intake")
    key = plan.home / "api-key"
    event = (
        '{"specversion":"1.0","id":"1","source":"demo","type":"case.opened","subject":"CASE-1",'
        '"data":{"customer":"demo","severity":"P2","title":"Hello"}}'
    )
    where = {
        "API": f"{intake}/v1/events   docs {intake}/docs",
        "Clocks": f"{plan.url('clock')}/v1/cases/KEY/clocks",
        "Metrics": "  ".join(f"{name} {plan.url(name)}/metrics" for name in plan.ports),
        "Key": f"{key} (tenant {TENANT}, source {SOURCE})",
        "Logs": f"{plan.logs}/",
    }
    console.print("\n[bold green]Tocsin is up.[/]\n")
    for name, what in where.items():
        console.print(f"  [bold]{name:8}[/] {what}", soft_wrap=True)
    console.print("\n  Try it:\n")
    curl = (
        f'curl -s {intake}/v1/events -H "Authorization: Bearer $(cat {key})" '
        f"-H 'Content-Type: application/json' -d '{event}'"
    )
    console.print(f"  {curl}", markup=False, soft_wrap=True)


def _ports_are_free(plan: Plan) -> None:
    for name, port in plan.ports.items():
        if not is_free(port):
            fail(f"127.0.0.1:{port}, for {name}, is taken: name another first port with --port")
