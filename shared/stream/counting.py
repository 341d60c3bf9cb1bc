"""What ops see of a batch: counts, lateness, and the two things that must never happen, in the log."""

from typing import TypeVar

import structlog

from shared.ops import metrics
from shared.stream.fold import Folded

S = TypeVar("S")

_log = structlog.get_logger(__name__)


def count(result: Folded[S], partition: int, committing: int, second: int) -> int:
    """Count what a batch came to; returns how many facts `decide` failed at.

    `committing` is how long it took from its `now` to its commit, `second` how long a physical second is,
    both in product microseconds.
    """
    metrics.TURNS.inc()
    for topic, decided in result.handled.items():
        metrics.FACTS_HANDLED.labels(topic, "decided").inc(decided)
    if result.passed_over:
        metrics.FACTS_HANDLED.labels("all", "passed over").inc(result.passed_over)
    if result.duplicates:
        metrics.FACTS_HANDLED.labels("all", "duplicate").inc(result.duplicates)
    for late in result.lateness:
        metrics.DUE_LATENESS.observe((late + committing) / second)
    for gap in result.gaps:
        metrics.GAPS.inc()
        _log.error("a fact is missing: this must never happen", partition=partition, gap=gap)
    bugs = [dead for dead in result.dead if dead.reason is not None]
    for bug in bugs:
        metrics.DEAD_LETTERS.inc()
        trace = dict(bug.record.headers).get("ce_traceparent", b"").decode()
        record = bug.record
        _log.error("dead letter", case=record.key, topic=record.topic, trace=trace, why=bug.reason)
    return len(bugs)
