"""Cells to a row with meaning, one at a time: what a row says by itself, before its case is looked at."""

import unicodedata
from collections.abc import Iterable, Iterator
from csv import Error as CsvError
from csv import reader
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from pydantic import ValidationError

from cli.imports.mapping import FromColumn, Mapping, State
from shared.contracts.case import CaseOpened
from shared.contracts.instant import from_datetime


class BadTable(ValueError):
    """The file is not the table that the mapping describes; the message says what is missing."""


class Nonsense(ValueError):
    """This row cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One update of one case, as the export tells it; `line` is where it begins, the header is line 1."""

    line: int
    case: str
    state: str
    means: State
    opened: int
    updated: int
    updated_again: int
    """The second reading of `updated` where the clocks go back in autumn; the same otherwise."""
    resolved: int | None
    closed: int | None
    revision: int | None
    by_machine: bool
    data: dict[str, str]
    """Attributes and customer, as an opening would state them."""


def read_table(file: TextIO, mapping: Mapping) -> Iterator[tuple[int, dict[str, str] | None]]:
    """The rows of a CSV file with their lines; None for one that has too few or too many cells.

    Raises:
        BadTable: no header, or a column is missing, or the file is no CSV.
    """
    table = reader(file, delimiter=mapping.delimiter, strict=True)
    try:
        header = next(table, None)
        if header is None:
            raise BadTable("the file is empty: a header row is needed")
        if missing := mapping.needed() - set(header):
            names = ", ".join(repr(name) for name in sorted(missing))
            raise BadTable(f"column {names} is missing; the file has {', '.join(header)}")
        before = table.line_num
        for cells in table:
            line, before = before + 1, table.line_num
            if cells:
                yield line, dict(zip(header, cells, strict=True)) if len(cells) == len(header) else None
    except CsvError as wrong:
        raise BadTable(f"line {table.line_num}: no CSV: {wrong}") from None


def read_row(line: int, cells: dict[str, str] | None, mapping: Mapping) -> Row:
    """What one row says.

    Raises:
        Nonsense: a cell is missing or means nothing.
    """
    if cells is None:
        raise Nonsense("another number of cells than the header has")
    if any("\ud800" <= letter <= "\udfff" for cell in cells.values() for letter in cell):
        raise Nonsense("bytes that are no UTF-8")
    seen = _Cells(cells, mapping)
    columns = mapping.columns
    state = seen.needed(columns.state)
    if state not in mapping.states:
        raise Nonsense(_unlisted(columns.state, state, mapping.states))
    opened, _ = _instants(columns.opened, seen.needed(columns.opened), mapping)
    updated, again = _instants(columns.updated, seen.needed(columns.updated), mapping)
    if again < opened:
        raise Nonsense(
            f"{columns.updated} {cells[columns.updated]} lies before {columns.opened} {cells[columns.opened]}"
        )
    return Row(
        line=line,
        case=_name(columns.case, seen.needed(columns.case)),
        state=state,
        means=mapping.states[state],
        opened=opened,
        updated=updated if updated >= opened else again,
        updated_again=again,
        resolved=seen.instant(columns.resolved),
        closed=seen.instant(columns.closed),
        revision=seen.number(columns.revision),
        by_machine=seen.known(columns.by) in mapping.machines,
        data=_data(seen, mapping),
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """A row's cells, with those that say nothing as None."""

    cells: dict[str, str]
    mapping: Mapping

    def known(self, column: str | None) -> str | None:
        cell = self.cells[column].strip() if column else ""
        return None if not cell or cell in self.mapping.unknown else cell

    def needed(self, column: str) -> str:
        if (cell := self.known(column)) is None:
            raise Nonsense(f"{column} is unknown")
        return cell

    def instant(self, column: str | None) -> int | None:
        cell = self.known(column)
        return None if cell is None or column is None else _instants(column, cell, self.mapping)[0]

    def number(self, column: str | None) -> int | None:
        if (cell := self.known(column)) is None:
            return None
        if not (cell.isascii() and cell.isdigit()):
            raise Nonsense(f"{column} {cell!r} is no count")
        return int(cell)


def _instants(column: str, cell: str, mapping: Mapping) -> tuple[int, int]:
    """Both readings of a local time: they differ in the hour that autumn repeats.

    A time that spring skips is moved forward by the gap, as the calendars do.
    """
    try:
        wall = datetime.strptime(cell, mapping.times.format)  # noqa: DTZ007 - the zone is the mapping's
    except ValueError:
        raise Nonsense(f"{column} {cell!r} is no time of the form {mapping.times.format}") from None
    first = from_datetime(wall.replace(tzinfo=mapping.times.where).astimezone(UTC))
    again = from_datetime(wall.replace(tzinfo=mapping.times.where, fold=1).astimezone(UTC))
    return first, max(first, again)


def _name(column: str, text: str) -> str:
    # 256 is the door's limit, also for the facts' ids, which are the key and two numbers.
    if len(text) > 230 or any(unicodedata.category(letter) == "Cc" for letter in text):
        raise Nonsense(f"{column} {text[:40]!r}… is no key: up to 230 characters, no control characters")
    return text


def _unlisted(column: str, value: str, listed: Iterable[str]) -> str:
    return f"{column} {value!r} is not in the mapping, which has {', '.join(listed)}"


def _data(seen: _Cells, mapping: Mapping) -> dict[str, str]:
    data = {
        "customer": seen.needed(mapping.customer.column)
        if isinstance(mapping.customer, FromColumn)
        else mapping.customer
    }
    for name, attribute in mapping.attributes.items():
        parts = [cell for column in attribute.columns if (cell := seen.known(column)) is not None]
        value = attribute.always or ", ".join(parts)
        if value and attribute.values is not None:
            if value not in attribute.values:
                raise Nonsense(_unlisted(", ".join(attribute.columns), value, attribute.values))
            value = attribute.values[value]
        if value:
            data[name] = value
    try:
        CaseOpened.model_validate(data)
    except ValidationError as wrong:
        mistake = wrong.errors()[0]
        raise Nonsense(f"{'.'.join(str(step) for step in mistake['loc'])}: {mistake['msg']}") from None
    return data
