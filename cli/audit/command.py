"""`tocsin audit`."""

import asyncio
import json
import os
import signal
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.administration import LOCAL_ADMIN_URL, admin_url
from cli.audit.auditing import audit
from cli.audit.telling import tell
from cli.audit.watching import Pass, serve, watch
from cli.errors import DIFFERS, fail
from cli.local.clock import kept_clock
from cli.local.plan import POLICIES
from shared.ops.clock import BadClock, RealClock, parse_clock
from shared.ops.logging import configure
from shared.policy.reading import PolicyProblems
from shared.stream.transient import TryAgain, transient
from shared.stream.wire import ForeignWire


def command(
    *,
    policies: Annotated[
        list[Path] | None,
        typer.Option(help="Policies that decisions were made under; give it several times for changed ones."),
    ] = None,
    kafka: Annotated[str, typer.Option(help="host:port of the brokers, where the wire is Kafka.")] = "",
    clock: Annotated[str | None, typer.Option(help="The system's TOCSIN_CLOCK.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    keep_watch: Annotated[bool, typer.Option("--watch", help="Again and again, with metrics.")] = False,
    every: Annotated[float, typer.Option(help="Watching: seconds between two passes.")] = 300,
    listen: Annotated[str, typer.Option(help="Watching: host:port of the metrics.")] = "127.0.0.1:8084",
) -> None:
    """Check what must hold of a system, from its stores and its wire alone. Changes nothing.

    TOCSIN_ADMIN_URL(_FILE) names the database, TOCSIN_KAFKA the brokers, TOCSIN_POLICIES the policies.
    Exit code 1: something does not hold.
    """
    once = _pass(policies, kafka, clock)
    try:
        if keep_watch:
            _watch(once, every, listen)
            return
        with transient():
            report = asyncio.run(once())
    except PolicyProblems as wrong:
        fail(str(wrong))
    except (ForeignWire, TryAgain) as away:
        fail(str(away))
    console = Console(highlight=False)
    if as_json:
        console.print_json(json.dumps(report.as_json()))
    else:
        tell(report, console)
    if not report.ok:
        raise typer.Exit(DIFFERS)


def _pass(policies: list[Path] | None, kafka: str, clock: str | None) -> Pass:
    """What makes one pass; what is missing ends the command."""
    folders = policies or [Path(os.environ.get("TOCSIN_POLICIES", POLICIES))]
    setting = clock if clock is not None else os.environ.get("TOCSIN_CLOCK", kept_clock(_home()))
    brokers = kafka or os.environ.get("TOCSIN_KAFKA") or _local_kafka()
    try:
        return partial(audit, admin_url(), folders, kafka=brokers, clock=parse_clock(setting))
    except BadClock as wrong:
        fail(str(wrong))


def _watch(once: Pass, every: float, listen: str) -> None:
    configure("console", "audit", RealClock())
    try:
        end = serve(listen)
    except (OSError, ValueError) as wrong:
        fail(f"{listen}: {wrong}: name another host:port with --listen")

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await watch(once, every, stop)

    asyncio.run(until_stopped())
    end()


def _home() -> Path:
    return LOCAL_ADMIN_URL.parent


def _local_kafka() -> str:
    """Where the `tocsin up` in this directory has its broker, else where brokers usually are."""
    kept = _home() / "kafka" / "port"
    port = kept.read_text(encoding="utf-8").strip() if kept.is_file() else "9092"
    return f"127.0.0.1:{port}"
