"""A whole file: rows to events in time order, with a sum that adds up."""

from dataclasses import dataclass
from typing import TextIO

from cli.events import Event
from cli.imports.mapping import Mapping
from cli.imports.rows import Nonsense, Row, read_row, read_table
from cli.imports.telling import Finding, tell


@dataclass(frozen=True, slots=True)
class Imported:
    """`rows` = `telling` + `repeating` + left out (the findings that were not used)."""

    events: list[Event]
    findings: list[Finding]
    rows: int
    telling: int
    """Rows that told at least one fact."""
    repeating: int
    """Rows that make sense and say nothing new."""
    cases: int

    @property
    def left_out(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.used]


def read_log(file: TextIO, mapping: Mapping) -> Imported:
    """Read an export.

    Events are in the order of (time, case as first seen in the file, line): facts of one case in the same
    minute keep the order of their rows, and no time is made up that the export does not state.

    Raises:
        BadTable: the file is not the table that the mapping describes.
    """
    cases: dict[str, list[Row]] = {}
    findings: list[Finding] = []
    rows = 0
    for line, cells in read_table(file, mapping):
        rows += 1
        try:
            row = read_row(line, cells, mapping)
        except Nonsense as why:
            case = (cells or {}).get(mapping.columns.case, "?")
            findings.append(Finding(line, case, str(why), used=False))
        else:
            cases.setdefault(row.case, []).append(row)
    events: list[Event] = []
    for case_rows in cases.values():
        told = tell(case_rows, mapping)
        events += told.events
        findings += told.findings
    findings.sort(key=lambda finding: finding.line)
    telling = len({event.id.rpartition("-")[0] for event in events})
    left_out = sum(not finding.used for finding in findings)
    return Imported(
        events=sorted(events, key=lambda event: event.time),
        findings=findings,
        rows=rows,
        telling=telling,
        repeating=rows - telling - left_out,
        cases=len({event.subject for event in events}),
    )
