"""`tocsin import`: an export of another system to a log of events, and a report that adds up."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.errors import DIFFERS, fail
from cli.events import write_lines
from cli.imports.mapping import BadMapping, Mapping, read_mapping
from cli.imports.reading import Imported, read_log
from cli.imports.rows import BadTable

MAPPINGS = Path(__file__).parents[1] / "mappings"

app = typer.Typer(no_args_is_help=True, help="Turn another system's export into a log of case events.")


@app.callback()
def _exports() -> None:
    """One command for each kind of export."""


@app.command()
def servicenow(
    file: Annotated[Path, typer.Argument(help="An incident audit log as CSV, one row for each update.")],
    mapping: Annotated[
        Path | None,
        typer.Option(help="What columns and values mean; cli/mappings/servicenow.yaml is the start."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where the events go, JSON lines; none: standard output."),
    ] = None,
    *,
    strict: Annotated[bool, typer.Option(help="End with 1 when any row was left out.")] = False,
) -> None:
    """Read ServiceNow's incident log. Rows that make no sense are reported with their line and why."""
    imported = import_file(file, mapping)
    report = Console(stderr=True, highlight=False)
    for finding in imported.findings:
        kind = "used, with a doubt" if finding.used else "left out"
        report.print(
            f"{file}:{finding.line}: {finding.case[:60]}: {kind}: {finding.why}", markup=False, soft_wrap=True
        )
    if output is None:
        for line in write_lines(imported.events):
            typer.echo(line, nl=False)
    else:
        with output.open("w", encoding="utf-8") as lines:
            lines.writelines(write_lines(imported.events))
    report.print(summary(imported))
    if strict and imported.left_out:
        raise typer.Exit(DIFFERS)


def import_file(file: Path, mapping: Path | None = None) -> Imported:
    """Read an export with a mapping (none: ServiceNow's); ends the command with one line when it cannot."""
    meaning = load_mapping(mapping or MAPPINGS / "servicenow.yaml")
    try:
        # Bytes that are no UTF-8 come through as surrogates, so that only their rows are left out.
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as table:
            return read_log(table, meaning)
    except OSError as wrong:
        fail(f"{file}: {wrong.strerror}")
    except BadTable as wrong:
        fail(f"{file}: {wrong}")


def load_mapping(path: Path) -> Mapping:
    try:
        return read_mapping(path.read_text(encoding="utf-8"), str(path))
    except OSError as wrong:
        fail(f"{path}: {wrong.strerror}")
    except (BadMapping, UnicodeDecodeError) as wrong:
        fail(str(wrong))


def summary(imported: Imported) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    table.add_row("", f"{imported.rows:,}", "rows")
    table.add_row("=", f"{imported.telling:,}", "that told something")
    table.add_row("+", f"{imported.repeating:,}", "that said nothing new")
    table.add_row("+", f"{len(imported.left_out):,}", "left out, each with its reason above")
    table.add_row("", f"{len(imported.events):,}", f"events of {imported.cases:,} cases")
    return table
