"""What came of a log: every clock of every case, and what was said. As numbers, a table and JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.table import Table

from services.clock.domain.simulation import Lived, Player, by_case, clock_player, live, prompt_notifier
from services.clock.domain.view import clocks_view
from services.escalation.domain.decide import decide as decide_escalation
from shared.contracts.clock import ClockWarned
from shared.contracts.envelope import Fact, case_of
from shared.contracts.escalation import CaseEscalated, PageRequested
from shared.contracts.instant import Instant, render
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, DELIVERIES
from shared.policy.book import PolicyBook

COLUMNS = {
    "met": ("met",),
    "met late": ("met late",),
    "breached": ("breached", "breached, paused"),
    "running": ("running",),
    "paused": ("paused",),
    "cancelled": ("cancelled", "cancelled late"),
}
"""The states of a clock, as the table gathers them."""


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """One case at the end: its clocks as the clock service shows them, and all that was said of it."""

    case: str
    severity: str
    clocks: list[dict[str, Any]]
    said: list[Fact]

    def as_json(self) -> dict[str, Any]:
        pages = [said.data for said in self.said if isinstance(said.data, PageRequested)]
        return {
            "case": self.case,
            "severity": self.severity,
            "clocks": self.clocks,
            "pages": [
                {"page": page.page, "person": page.person, "at": render(page.at), "why": page.why}
                for page in pages
            ],
        }


def players(book: PolicyBook) -> tuple[Player[Any], ...]:
    """Everybody who decides; the notifier is taken to deliver at once, and nobody acknowledges."""
    hears = (CASES, CLOCKS, DELIVERIES, ACKNOWLEDGEMENTS)
    escalation = Player("escalation", hears, partial(decide_escalation, book))
    return (clock_player(book), escalation, prompt_notifier())


def simulate(book: PolicyBook, facts: Sequence[Fact], until: Instant) -> list[CaseOutcome]:
    """Live through every case up to `until`."""
    acting = players(book)
    return [
        _outcome(book, key, of_case, live(acting, of_case, until), until)
        for key, of_case in by_case(facts).items()
    ]


def _outcome(book: PolicyBook, key: str, facts: list[Fact], lived: Lived, until: Instant) -> CaseOutcome:
    severity = ""
    for fact in facts:
        severity = getattr(fact.data, "severity", None) or severity
    state = lived.states.get("clock")
    clocks = [shown.model_dump(mode="json") for shown in clocks_view(book, state, until)]
    return CaseOutcome(case_of(key), severity, clocks, lived.said)


def totals(outcomes: Sequence[CaseOutcome]) -> dict[str, int]:
    """How many of what. Every fact comes at its time here, so nothing that was said is retracted."""
    said = Counter(type(fact.data) for outcome in outcomes for fact in outcome.said)
    clocks = [clock for outcome in outcomes for clock in outcome.clocks]
    return {
        "cases": len(outcomes),
        "clocks": len(clocks),
        "warnings": said[ClockWarned],
        "breaches": sum(clock["breached_at"] is not None for clock in clocks),
        "escalations": said[CaseEscalated],
        "pages": said[PageRequested],
    }


def table(outcomes: Sequence[CaseOutcome]) -> Table:
    """Clocks by name and severity, and how they ended."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for outcome in outcomes:
        for clock in outcome.clocks:
            counted.setdefault((clock["clock"], outcome.severity), Counter())[clock["state"]] += 1
    shown = Table(box=None, pad_edge=False)
    for column in ("Clock", "Severity"):
        shown.add_column(column, no_wrap=True)
    for column in ("all", *COLUMNS, "in time"):
        shown.add_column(column.replace(" ", "\n"), justify="right", no_wrap=True)
    for (name, severity), states in sorted(counted.items()):
        counts = {column: sum(states[state] for state in among) for column, among in COLUMNS.items()}
        judged = counts["met"] + counts["met late"] + counts["breached"]
        in_time = f"{counts['met'] / judged:.1%}" if judged else "–"
        cells = (str(count or "·") for count in counts.values())
        shown.add_row(name.replace("_", " "), severity, str(states.total()), *cells, in_time)
    return shown


def as_json(outcomes: Sequence[CaseOutcome], until: Instant) -> dict[str, Any]:
    return {
        "until": render(until),
        "totals": totals(outcomes),
        "cases": [outcome.as_json() for outcome in outcomes],
    }
