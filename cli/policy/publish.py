"""`tocsin policy publish`: a version that never changes again, for cases to be pinned to."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.errors import DIFFERS, fail
from cli.policy.check import problems_of
from cli.policy.files import read_draft
from shared.calendar.zone import at_local, zone
from shared.contracts.instant import Instant
from shared.ops.clock import RealClock
from shared.policy.policy import Policy
from shared.policy.reading import PolicyProblems, Problem
from shared.policyfiles import PUBLISHED, SUMS, changed, published_files, read_sums, sha256


def publish(
    file: Annotated[Path, typer.Argument(help="A policy without problems.")],
    *,
    policies: Annotated[
        Path | None, typer.Option(help="Where it is published; none: the file's folder.")
    ] = None,
    directory: Annotated[Path | None, typer.Option(help="Customers, teams and people.")] = None,
) -> None:
    """Publish a version: it takes effect on its date, and never changes again."""
    now = RealClock().now()
    draft = read_draft(file)
    problems = PolicyProblems(problems_of(draft, file, directory, now)).problems
    if problems or draft.policy is None:
        fail(f"{file} is not published:\n{PolicyProblems(problems)}", DIFFERS)
    kept = (policies or file.parent) / PUBLISHED
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if keep(draft.policy, draft.text, kept, now):
        console.print(f"{draft.policy.version} is published: {kept / name_of(draft.policy)}")
    else:
        console.print(f"{draft.policy.version} is published already, as it is")


def keep(policy: Policy, text: str, kept: Path, now: Instant) -> bool:
    """Write the version and its sum; False: it is there already. Ends the command when it cannot be."""
    damaged: list[Problem] = []
    published_files(kept.parent, damaged)
    # One that was written but not listed is a publication that was cut short: this one finishes it.
    if damaged := [problem for problem in damaged if problem.file != str(kept / name_of(policy))]:
        fail(str(PolicyProblems(damaged)), DIFFERS)
    name, digest = name_of(policy), sha256(text.encode())
    sums = read_sums(kept / SUMS)
    if name in sums:
        if sums[name] != digest:
            fail(str(changed(policy)), DIFFERS)
        return False
    begins = at_local(zone(policy.zone), policy.effective, 0)
    if begins < now and any(other.startswith(f"{policy.name}@") for other in sums):
        begun = f"{policy.file}: {policy.version} would have begun already"
        fail(f"{begun}: cases were opened under another version; give it a date to come", DIFFERS)
    kept.mkdir(exist_ok=True)
    (kept / name).write_bytes(text.encode())
    with (kept / SUMS).open("a", encoding="utf-8") as lines:
        lines.write(f"{digest}  {name}\n")
    return True


def name_of(policy: Policy) -> str:
    """The published file's name."""
    if "/" in policy.name or policy.name.startswith("."):
        fail(f"{policy.file}: {policy.name!r} cannot name a file: write letters, digits and hyphens")
    return f"{policy.version}.yaml"
