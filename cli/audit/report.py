"""What an audit found: each invariant with its count, each violation with its case."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cli.audit.case import Verdict
from cli.audit.checks.invariants import INVARIANTS, Invariant

MOST_KEPT = 1000
"""Violations of one invariant kept in words; all are counted."""


@dataclass(frozen=True, slots=True)
class Violation:
    invariant: str
    case: str
    """Empty where it is about no case: a lane, a partition."""
    what: str

    def __str__(self) -> str:
        return f"{self.case}: {self.what}" if self.case else self.what


@dataclass(slots=True)
class Tally:
    checked: int = 0
    violations: int = 0
    kept: list[Violation] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    tallies: dict[Invariant, Tally] = field(default_factory=lambda: {one: Tally() for one in INVARIANTS})
    notes: Counter[str] = field(default_factory=Counter)
    """What is no violation, counted: repetitions, what could not be judged, and why."""
    cases: int = 0
    facts: int = 0
    """Records on the wire."""
    most_at_once: int = 0
    """Cases held in memory at once."""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not any(tally.violations for tally in self.tallies.values())

    @property
    def violations(self) -> list[Violation]:
        """Those kept in words, by invariant."""
        return [violation for tally in self.tallies.values() for violation in tally.kept]

    def broken(self) -> set[str]:
        """The names of the invariants that do not hold."""
        return {invariant.name for invariant, tally in self.tallies.items() if tally.violations}

    def add(self, invariant: Invariant, case: str, verdict: Verdict) -> None:
        tally = self.tallies[invariant]
        tally.checked += verdict.checked
        tally.violations += len(verdict.violations)
        room = MOST_KEPT - len(tally.kept)
        tally.kept += [Violation(invariant.name, case, what) for what in verdict.violations[:room]]
        self.notes += verdict.notes

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "cases": self.cases,
            "facts": self.facts,
            "seconds": round(self.seconds, 3),
            "invariants": {
                invariant.name: {
                    "title": invariant.title,
                    "of": invariant.of,
                    "checked": tally.checked,
                    "violations": tally.violations,
                }
                for invariant, tally in self.tallies.items()
            },
            "violations": [
                {"invariant": one.invariant, "case": one.case, "what": one.what} for one in self.violations
            ],
            "notes": dict(self.notes),
        }
