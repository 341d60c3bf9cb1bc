"""Pass after pass: what is found is shown and logged once; what cannot be reached is tried again."""

import asyncio
import os
import urllib.request
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from cli.audit import metrics
from cli.audit.case import Verdict
from cli.audit.checks.invariants import IN_ORDER, STATES
from cli.audit.report import Report
from cli.audit.telling import last_line
from cli.audit.watching import serve, watch
from cli.local.ports import free
from shared.stream.wire import WireUnavailable


def report(*violations: str) -> Report:
    made = Report(facts=7)
    made.add(IN_ORDER, "acme/1", Verdict(7, list(violations)))
    made.add(STATES, "acme/1", Verdict(1))
    made.notes["clock: decided by another release: not folded"] += 2
    return made


async def watched(*passes: Report | Exception) -> Sequence[dict[str, object]]:
    """What is logged when these passes are made, one after the other."""
    stop, coming = asyncio.Event(), iter(passes)

    async def once() -> Report:
        found = next(coming, None)
        if found is None:
            stop.set()
            return report()
        if isinstance(found, Exception):
            raise found
        return found

    with capture_logs() as logged:
        await watch(once, 0, stop)
    return logged  # type: ignore[return-value]


def shown(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture(autouse=True)
def _same_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "nice", lambda _: 0)


async def test_a_violation_is_shown_and_logged_once() -> None:
    logged = await watched(report("a gap"), report("a gap"), report("a gap", "another"))
    assert [one["what"] for one in logged if one["event"] == "violation"] == ["a gap", "another"]


async def test_what_could_not_be_reached_is_counted_and_tried_again() -> None:
    before = shown("tocsin_audit_failed_passes_total")
    logged = await watched(WireUnavailable("the broker is away"), report())
    assert shown("tocsin_audit_failed_passes_total") == before + 1
    assert any("the broker is away" in str(one.get("why")) for one in logged)


def test_the_last_pass_is_shown_and_when_one_last_succeeded() -> None:
    metrics.show(report(), 5_000_000)
    metrics.show(report("a gap"), 9_000_000)
    assert shown("tocsin_audit_violations", invariant="in_order") == 1
    assert shown("tocsin_audit_violations", invariant="states_again") == 0
    assert shown("tocsin_audit_checked", invariant="in_order") == 7
    assert shown("tocsin_audit_facts") == 7
    assert shown("tocsin_audit_not_folded") == 2
    assert shown("tocsin_audit_last_success_timestamp_seconds") == 5


def test_the_metrics_are_served() -> None:
    [port] = free(1)
    end = serve(f"127.0.0.1:{port}")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert b"tocsin_audit_violations" in answer.read()
    finally:
        end()


def test_the_last_line_says_whether_all_holds() -> None:
    assert last_line(report()).startswith("all holds: 0 cases, 7 facts, 8 checks")
    assert last_line(report("a gap")).startswith("1 VIOLATIONS")
