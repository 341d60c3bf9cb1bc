"""What `tocsin audit --watch` shows Prometheus. A registry of its own: the services' metrics are not its."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from cli.audit.report import Report

REGISTRY = CollectorRegistry()

VIOLATIONS = Gauge(
    "tocsin_audit_violations",
    "What did not hold at the last pass, by invariant.",
    ["invariant"],
    registry=REGISTRY,
)
"""Any: `tocsin audit` names cases and facts; docs/audit.md says what to do."""

CHECKED = Gauge(
    "tocsin_audit_checked", "What the last pass checked, by invariant.", ["invariant"], registry=REGISTRY
)
"""None of what there should be: the audit is told to look at the wrong place."""

FACTS = Gauge("tocsin_audit_facts", "Facts on the wire that the last pass read.", registry=REGISTRY)
NOT_FOLDED = Gauge(
    "tocsin_audit_not_folded",
    "States that the last pass could not decide again: begun before the log, or under other policies.",
    registry=REGISTRY,
)
SECONDS = Gauge("tocsin_audit_duration_seconds", "How long the last pass took.", registry=REGISTRY)
SUCCEEDED = Gauge(
    "tocsin_audit_last_success_timestamp_seconds",
    "When a pass last found that everything holds.",
    registry=REGISTRY,
)
"""Old: passes fail or find violations, or none is made any more."""

FAILED = Counter(
    "tocsin_audit_failed_passes", "Passes that could not be made: database or wire away.", registry=REGISTRY
)


def show(report: Report, real_now: int) -> None:
    """`real_now`: physical microseconds."""
    for invariant, tally in report.tallies.items():
        VIOLATIONS.labels(invariant.name).set(tally.violations)
        CHECKED.labels(invariant.name).set(tally.checked)
    FACTS.set(report.facts)
    NOT_FOLDED.set(sum(count for note, count in report.notes.items() if note.endswith("not folded")))
    SECONDS.set(report.seconds)
    if report.ok:
        SUCCEEDED.set(real_now / 1_000_000)
