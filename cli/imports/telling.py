"""The rows of one case to the facts that they tell, by the difference from row to row.

A fact's id is the case's key, the line of its row and a count: reading the same file again tells the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from cli.events import Event
from cli.imports.mapping import Mapping
from cli.imports.rows import Row


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that was left out, or one that was used with a doubt, and why."""

    line: int
    case: str
    why: str
    used: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What the rows of a case came to."""

    events: list[Event]
    findings: list[Finding]


def tell(rows: Sequence[Row], mapping: Mapping) -> Told:
    """The facts of one case, in order; `rows` are its rows in the order of the file."""
    findings: list[Finding] = []
    used = list(_in_order(rows, mapping, findings))
    if not used:
        return Told([], findings)
    if len({row.opened for row in used}) > 1:
        findings.append(
            Finding(used[0].line, used[0].case, "rows differ about the opening: the first counts", used=True)
        )
    ends = {
        **_ends(used, "resolved", mapping, findings),
        **_ends(used, "closed", mapping, findings),
    }
    events: list[Event] = []
    before: Row | None = None
    answered = False
    for row in used:
        facts = _facts(before, row, mapping, answered=answered, ends=ends)
        for count, (kind, time, data) in enumerate(facts, 1):
            ident = f"{row.case}-{row.line}-{count}"
            events.append(Event(ident, mapping.source, kind, row.case, time, data))
        answered = answered or row.means.answered
        before = row
    return Told(events, findings)


def _in_order(rows: Sequence[Row], mapping: Mapping, findings: list[Finding]) -> Iterator[Row]:
    """The rows that can follow one another; the others become findings."""
    columns = mapping.columns
    before: Row | None = None
    ended = False
    for row in rows:
        time = row.updated
        if before is not None and time < before.updated <= row.updated_again:
            time = row.updated_again  # the hour that autumn repeats, for the second time
        why = ""
        if before is not None and time < before.updated:
            why = f"{columns.updated} goes back behind line {before.line}"
        elif before is not None and not _newer(row, before):
            why = (
                f"{columns.revision} {row.revision} after {before.revision} in line {before.line}: not newer"
            )
        elif not ended and row.means.ends is None and row.resolved is not None and time > row.resolved:
            show = mapping.times.show
            why = f"{row.state} at {show(time)}, after {columns.resolved} {show(row.resolved)}"
        if why:
            findings.append(Finding(row.line, row.case, why, used=False))
            continue
        # What became unknown stays as it was: a fact states values, it does not take them away.
        known = row.data if before is None else {**before.data, **row.data}
        before = replace(row, updated=time, data=known)
        ended = ended or row.means.ends is not None
        yield before


def _newer(row: Row, before: Row) -> bool:
    return row.revision is None or before.revision is None or row.revision > before.revision


def _ends(
    used: Sequence[Row], end: Literal["resolved", "closed"], mapping: Mapping, findings: list[Finding]
) -> dict[tuple[int, str], int]:
    """At which rows the case is resolved (closed), and when: `{(line, end): instant}`.

    A run of such rows is one end. The export repeats the instant of the last one on every row: it counts
    where it fits that run, otherwise the run's first row does, as for the earlier ones.
    """
    found: dict[tuple[int, str], int] = {}
    runs = [(is_end, list(run)) for is_end, run in groupby(used, key=lambda row: row.means.ends == end)]
    last = max((number for number, (is_end, _) in enumerate(runs) if is_end), default=-1)
    for number, (is_end, run) in enumerate(runs):
        if not is_end:
            continue
        first = run[0]
        at = first.updated
        stated = run[-1].resolved if end == "resolved" else run[-1].closed
        if number == last and stated is not None:
            earliest = runs[number - 1][1][-1].updated if number else first.opened
            latest = runs[number + 1][1][0].updated if number + 1 < len(runs) else stated
            if earliest <= stated <= latest:
                at = stated
            else:
                show = mapping.times.show
                why = f"{end} at {show(stated)} does not fit its rows: {show(at)} counts"
                findings.append(Finding(first.line, first.case, why, used=True))
        teller = [row for row in run if row.updated <= at] or [first]
        found[teller[-1].line, end] = at
    return found


def _facts(
    before: Row | None, row: Row, mapping: Mapping, *, answered: bool, ends: dict[tuple[int, str], int]
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """What this row tells that the one before it did not."""
    at = row.updated
    ended = row.means.ends is not None
    if before is None:
        yield "case.opened", row.opened, dict(row.data)
    else:
        if before.means.ends is not None and not ended:
            yield "case.reopened", at, {}
        changed = {name: value for name, value in row.data.items() if before.data.get(name) != value}
        if changed:
            yield "case.changed", at, changed
    if row.means.status is not None and (before is None or before.means.status != row.means.status):
        yield "case.status_changed", at, {"status": row.means.status}
    by_customer = before is not None and any(
        (change.from_, change.to) == (before.state, row.state) for change in mapping.customer_replied
    )
    if by_customer:
        yield "customer.replied", at, {}
    if row.means.answered and not answered:
        yield "support.replied", at, {}
    if row.means.answered and not ended and not by_customer and not row.by_machine:
        yield "support.updated", at, {}
    for end in ("resolved", "closed"):
        if (row.line, end) in ends:
            yield f"case.{end}", ends[row.line, end], {}
