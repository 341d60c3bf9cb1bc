"""`tocsin policy check`: all that is wrong with policies, at once, each with its place and what to write."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.errors import DIFFERS, fail
from cli.local.plan import POLICIES
from cli.policy.files import Draft, directory_beside, policy_files, read_draft
from shared.contracts.instant import DAY, BadInstant, Instant, parse
from shared.ops.clock import RealClock
from shared.policy.reading import PolicyProblems, Problem
from shared.policy.soundness import soundness_problems
from shared.policy.staffing import staffing_problems
from shared.policyfiles import load_policies

AHEAD = 90 * DAY
"""How far ahead every instant must have somebody."""

Format = Literal["text", "json", "github"]


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Policies, or folders of them; none: all of --policies.")
    ] = None,
    *,
    policies: Annotated[Path, typer.Option(help="Directory of policies and directory.yaml.")] = POLICIES,
    directory: Annotated[
        Path | None, typer.Option(help="Customers, teams and people; none: directory.yaml beside the policy.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="RFC 3339: looked ahead from there; none: now.")] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="github: as annotations of a pull request.")
    ] = "text",
) -> None:
    """Say everything that is wrong with policies: what cannot be read, and what cannot be meant."""
    now = instant(as_of)
    found: list[Problem] = []
    named = files or [policies]
    paths = list(policy_files(named))
    if not paths:
        fail(f"{named[0]}: no policy is here: put at least one .yaml file there")
    for path in paths:
        found.extend(problems_of(read_draft(path), path, directory, now))
    for folder in (path for path in named if path.is_dir()) if not found else ():
        found.extend(_together(folder))
    problems = PolicyProblems(found).problems
    for line in told(problems, format_):
        typer.echo(line)
    if problems:
        raise typer.Exit(DIFFERS)
    if format_ == "text":
        typer.echo(f"{_count(len(paths), 'policy', 'policies')}: nothing is wrong")


def problems_of(draft: Draft, path: Path, directory: Path | None, now: Instant) -> Iterator[Problem]:
    """Everything that is wrong with one policy, with the directory it is used with, as of `now`."""
    yield from draft.problems
    if draft.policy is None or draft.root is None:
        return
    yield from soundness_problems(draft.policy, draft.root, now)
    people, wrong = directory_beside(path, directory)
    yield from wrong
    if people is not None:
        lines = draft.text.splitlines()
        for problem in staffing_problems(draft.policy, people, now, now + AHEAD):
            line = lines[problem.line - 1]  # the directory's checks know the line alone
            yield replace(problem, column=len(line) - len(line.lstrip(" -")) + 1)


def _together(folder: Path) -> tuple[Problem, ...]:
    """What only the whole folder shows: a customer without a policy, a published version that was changed."""
    try:
        load_policies(folder)
    except PolicyProblems as found:
        return found.problems
    return ()


def told(problems: Sequence[Problem], format_: Format) -> Iterator[str]:
    """A line a problem; of JSON, one document."""
    match format_:
        case "json":
            members = ("file", "line", "column", "message", "hint")
            listed = [{name: getattr(problem, name) for name in members} for problem in problems]
            yield json.dumps(listed, ensure_ascii=False, indent=1)
        case "github":
            for problem in problems:
                place = f"file={problem.file},line={problem.line},col={problem.column}"
                words = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
                yield f"::error {place}::{_escaped(words)}"
        case "text":
            yield from map(str, problems)
            if problems:
                files = {problem.file for problem in problems}
                yield f"{_count(len(problems), 'problem')} in {_count(len(files), 'file')}"


def instant(as_of: str | None) -> Instant:
    """The instant that is meant; none named: now."""
    if as_of is None:
        return RealClock().now()
    try:
        return parse(as_of)
    except BadInstant as wrong:
        fail(f"--as-of: {wrong}")


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
