"""`tocsin audit --watch`: pass after pass beside a running system, with low priority, shown to Prometheus."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from prometheus_client import start_http_server

from cli.audit import metrics
from cli.audit.report import Report, Violation
from cli.audit.telling import last_line
from shared.ops.clock import RealClock
from shared.stream.transient import TryAgain, transient
from shared.stream.waiting import first, unless

NICE = 10
"""Whoever keeps promises goes before whoever checks on it."""

_log = structlog.get_logger(__name__)

Pass = Callable[[], Coroutine[Any, Any, Report]]


def serve(listen: str) -> Callable[[], None]:
    """Show the metrics on `host:port`; returns what ends it. Raises OSError where the address is taken."""
    host, _, port = listen.rpartition(":")
    server, _ = start_http_server(int(port), host.strip("[]") or "127.0.0.1", metrics.REGISTRY)

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end


async def watch(once: Pass, every: float, stop: asyncio.Event) -> None:
    """Pass after pass, `every` seconds between them, until told to stop. A violation is logged once."""
    os.nice(NICE)
    known: frozenset[Violation] = frozenset()
    while not stop.is_set():
        try:
            with transient():
                report = await unless(stop, once())
        except TryAgain as away:
            metrics.FAILED.inc()
            _log.warning("no pass could be made", again_in=every, why=str(away))
        else:
            if report is None:
                return
            metrics.show(report, RealClock().real_now())
            for violation in (one for one in report.violations if one not in known):
                _log.error(
                    "violation", invariant=violation.invariant, case=violation.case, what=violation.what
                )
            known = frozenset(report.violations)
            _log.info(last_line(report))
        await first(stop, within=every)
