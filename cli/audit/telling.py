"""An audit's report as a person reads it."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.audit.report import Report, Tally

MOST_TOLD = 20
"""Violations of one invariant shown; `--json` has more."""


def tell(report: Report, console: Console) -> None:
    table = Table("", "what must hold", "checked", "", "violations", box=None, pad_edge=False)
    table.columns[2].justify = table.columns[4].justify = "right"
    for invariant, tally in report.tallies.items():
        holds = not tally.violations
        mark = "[green]✓[/]" if holds else "[red]✗[/]"
        told = "·" if holds else f"[red]{tally.violations:,}[/]"
        table.add_row(mark, escape(invariant.title), f"{tally.checked:,}", invariant.of, told)
    console.print(table)
    for line in _violations(report):
        console.print(line, markup=False, soft_wrap=True)
    if report.notes:
        console.print("\n[dim]no violations, and yet worth knowing[/]")
    for note, count in sorted(report.notes.items()):
        console.print(f"{count:>11,}  {note}", markup=False, soft_wrap=True)
    console.print(f"\n{last_line(report)}", markup=False, soft_wrap=True)


def _violations(report: Report) -> Iterator[str]:
    for invariant, tally in report.tallies.items():
        if tally.violations:
            yield f"\n✗ {invariant.title}"
            yield from (f"    {violation}" for violation in tally.kept[:MOST_TOLD])
            yield from _more(tally)


def _more(tally: Tally) -> Iterator[str]:
    further = tally.violations - len(tally.kept[:MOST_TOLD])
    if further:
        yield f"    … and {further:,} more"


def last_line(report: Report) -> str:
    violations = sum(tally.violations for tally in report.tallies.values())
    checked = sum(tally.checked for tally in report.tallies.values())
    size = f"{report.cases:,} cases, {report.facts:,} facts, {checked:,} checks in {report.seconds:.1f} s"
    return f"all holds: {size}" if report.ok else f"{violations:,} VIOLATIONS: {size}"
