"""`tocsin audit`."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.administration import LOCAL_ADMIN_URL, admin_url
from cli.audit.auditing import audit
from cli.audit.report import Report
from cli.audit.telling import tell
from cli.errors import DIFFERS, fail
from cli.local.clock import kept_clock
from cli.local.plan import POLICIES
from shared.ops.clock import BadClock, parse_clock
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
) -> None:
    """Check what must hold of a system, from its stores and its wire alone. Changes nothing.

    TOCSIN_ADMIN_URL(_FILE) names the database. Exit code 1: something does not hold.
    """
    ask = asked(policies, kafka, clock)
    report = ask()
    console = Console(highlight=False)
    if as_json:
        console.print_json(json.dumps(report.as_json()))
    else:
        tell(report, console)
    if not report.ok:
        raise typer.Exit(DIFFERS)


def asked(policies: list[Path] | None, kafka: str, clock: str | None) -> Callable[[], Report]:
    """What makes one pass, ready to be called; what is missing ends the command."""
    named = os.environ.get("TOCSIN_POLICIES", POLICIES)
    folders = policies or [Path(named)]
    setting = clock if clock is not None else os.environ.get("TOCSIN_CLOCK", kept_clock(_home()))
    brokers = kafka or os.environ.get("TOCSIN_KAFKA") or _local_kafka()
    url = admin_url()
    try:
        parsed = parse_clock(setting)
    except BadClock as wrong:
        fail(str(wrong))

    def once() -> Report:
        try:
            with transient():
                return asyncio.run(audit(url, folders, kafka=brokers, clock=parsed))
        except PolicyProblems as wrong:
            fail(str(wrong))
        except (ForeignWire, TryAgain) as away:
            fail(str(away))

    return once


def _home() -> Path:
    return LOCAL_ADMIN_URL.parent


def _local_kafka() -> str:
    """Where the `tocsin up` in this directory has its broker, else where brokers usually are."""
    kept = _home() / "kafka" / "port"
    port = kept.read_text(encoding="utf-8").strip() if kept.is_file() else "9092"
    return f"127.0.0.1:{port}"
