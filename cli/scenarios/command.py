"""`tocsin policy test`: the scenarios of a policy, lived through in milliseconds."""

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli.errors import DIFFERS, fail
from cli.scenarios.comparing import recorded, side_by_side
from cli.scenarios.noticing import Notice, notices
from cli.scenarios.stage import Staged, policies_named, stage
from cli.scenarios.verdict import Verdict, lived
from shared.policy.reading import PolicyProblems

WIDTH = 150
"""Columns of a comparison that goes into a file or a log."""

_NAMED = re.compile(r"^\s*policy:\s*([^\s#]+)", re.MULTILINE)


def command(
    files: Annotated[
        list[Path], typer.Argument(help="Scenario files, or policies whose scenarios lie in scenarios/.")
    ],
    policies: Annotated[
        Path | None, typer.Option(help="Directory of the policies; none: where the scenarios lie, or above.")
    ] = None,
    format_: Annotated[Literal["text", "json"], typer.Option("--format", help="How it is told.")] = "text",
    *,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Alter each rule of the policies: which does no scenario notice?")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Write the scenarios as they happened, to be judged and kept.")
    ] = False,
    happened: Annotated[
        bool, typer.Option("--happened", help="Tell all that was said, also of what agrees.")
    ] = False,
) -> None:
    """Live through scenarios and compare: exit 1 where one does not hold."""
    try:
        staged = [each for file in scenario_files(files) for each in stage(file, policies)]
    except PolicyProblems as problems:
        fail(str(problems))
    if mutate:
        _tell_notices(list(notices(staged)), format_)
        return
    verdicts = [(each, lived(each.play, each.book())) for each in staged]
    failed = [verdict for _, verdict in verdicts if not verdict.kept]
    if format_ == "json":
        typer.echo(json.dumps([as_json(*each) for each in verdicts], ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False, soft_wrap=True)
        width = console.width if console.is_terminal else WIDTH
        if record:
            typer.echo("\n".join(recorded(verdict) for _, verdict in verdicts))
            return
        for verdict in failed if not happened else [verdict for _, verdict in verdicts]:
            console.print(side_by_side(verdict, width), markup=False)
        console.print(f"{len(verdicts) - len(failed)} of {len(verdicts)} scenarios hold")
    if failed:
        raise typer.Exit(DIFFERS)


def _tell_notices(told: list[Notice], format_: str) -> None:
    """What no scenario noticed; exit 1 if there is any."""
    missed = [notice for notice in told if notice.by is None]
    if format_ == "json":
        shown = [{"where": each.where, "change": each.mutant.what} for each in missed]
        typer.echo(json.dumps({"changes": len(told), "unnoticed": shown}, ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for each in missed:
            console.print(f"{each.where}: no scenario notices: {each.mutant.what}", markup=False)
        for file, each_of in groupby(told, key=lambda each: each.file):
            noticed = [each.by is not None for each in each_of]
            console.print(f"{file}: {sum(noticed)} of {len(noticed)} changes are noticed", markup=False)
    if missed:
        raise typer.Exit(DIFFERS)


def scenario_files(given: list[Path]) -> list[Path]:
    """Scenario files as they are; of a policy those in the folder `scenarios` beside it that name it."""
    found: dict[Path, None] = {}
    for path in given:
        if path.suffix != ".yaml":
            found[path] = None
            continue
        names = [name for name, files in policies_named(path.parent).items() if path in files]
        for file in sorted((path.parent / "scenarios").glob("*.txt")):
            if not names or set(names) & set(_NAMED.findall(file.read_text(encoding="utf-8"))):
                found[file] = None
    return list(found)


def as_json(staged: Staged, verdict: Verdict) -> dict[str, object]:
    place = staged.scenario.place
    return {
        "file": place.file,
        "line": place.line,
        "scenario": staged.scenario.title,
        "keeps": list(staged.scenario.keeps),
        "holds": verdict.kept,
        "differences": [
            {
                "line": row.place.line if row.place else None,
                "expected": row.expected,
                "happened": row.happened,
            }
            for row in verdict.rows
            if not row.agrees
        ],
    }
