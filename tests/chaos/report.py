"""What was done to the system, how long it took to heal, and the verdict: as text."""

import platform
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from statistics import median

from rich.console import Console

from cli.audit.report import Report as Audited
from cli.audit.telling import tell


@dataclass(frozen=True, slots=True)
class Round:
    """One fault, and what followed."""

    cell: str
    words: str
    healed: Mapping[str, float]
    """Seconds until each sign of health was there; empty: it did not heal."""
    gained: Mapping[str, int]
    """What the services' counters gained meanwhile."""
    ends: Sequence[str]
    """Services that ended, as their supervisor saw it."""

    @property
    def seconds(self) -> float:
        return max(self.healed.values(), default=float("inf"))

    def line(self) -> str:
        signs = ", ".join(f"{name} {seconds:.2f}" for name, seconds in self.healed.items())
        gained = ", ".join(f"{count} {name}" for name, count in self.gained.items())
        ends = f"; ended: {', '.join(self.ends)}" if self.ends else ""
        return f"{self.cell:22} healed in {self.seconds:6.2f} s ({signs}): {self.words} [{gained}{ends}]"


@dataclass(slots=True)
class Report:
    command: str
    rounds: list[Round] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    audit: str = ""
    """What `tocsin audit` says of it."""

    def text(self) -> str:
        return "\n".join([*self._how(), "", *self._table(), "", self.audit, *self._verdict(), ""])

    def _how(self) -> list[str]:
        return [
            f"again:   {self.command}",
            f"machine: {platform.machine()}, Python {platform.python_version()}, {sys.platform}",
            *(f"skipped: {why}" for why in self.skipped),
        ]

    def _table(self) -> list[str]:
        cells: dict[str, list[Round]] = defaultdict(list)
        for one in self.rounds:
            cells[one.cell].append(one)
        lines = [f"{'cell':24}{'times':>6}{'min s':>9}{'median':>9}{'max':>9}   its metrics meanwhile"]
        for name, rounds in sorted(cells.items()):
            seconds = [one.seconds for one in rounds]
            figures = f"{min(seconds):9.2f}{median(seconds):9.2f}{max(seconds):9.2f}"
            lines.append(f"{name:24}{len(rounds):6}{figures}   {_sum(rounds)}")
        if self.rounds:
            seconds = [one.seconds for one in self.rounds]
            figures = f"{min(seconds):9.2f}{median(seconds):9.2f}{max(seconds):9.2f}"
            lines.append(f"{'all':24}{len(seconds):6}{figures}")
        return lines

    def _verdict(self) -> list[str]:
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        if not self.violations:
            return [f"No violation: {counts}."]
        return [f"{len(self.violations)} VIOLATIONS ({counts}):", *(f"  {one}" for one in self.violations)]


def told(audited: Audited) -> str:
    """The audit's report as `tocsin audit` prints it."""
    words = StringIO()
    tell(audited, Console(file=words, width=120, highlight=False))
    return words.getvalue()


def _sum(rounds: Sequence[Round]) -> str:
    sums: dict[str, int] = defaultdict(int)
    for one in rounds:
        for name, count in one.gained.items():
            sums[name] += count
    return ", ".join(f"{count} {name}" for name, count in sums.items())
