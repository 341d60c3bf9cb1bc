"""`tocsin policy obligations`: what do scenarios keep? `make obligations` asks for the shipped policies.

The list is a Markdown page with rows `| FD-1 | what is promised |`. An obligation is kept when scenarios
carry its id and all of them hold. With `--prove` one of them must fail when the clause is another one.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from cli.errors import DIFFERS, fail
from cli.scenarios.document import ID
from cli.scenarios.proof import proven
from cli.scenarios.stage import stage
from cli.scenarios.verdict import Verdict, lived
from shared.policy.reading import PolicyProblems

ROW = re.compile(rf"\|\s*({ID.pattern})\s*\|\s*(.+?)\s*\|\s*$", re.MULTILINE)
WIDTH = 140

Standing = Literal["kept", "unproven", "broken", "not yet"]


@dataclass(frozen=True, slots=True)
class Obligation:
    id: str
    words: str
    carried: tuple[Verdict, ...]
    proven: bool = True

    @property
    def standing(self) -> Standing:
        if not self.carried:
            return "not yet"
        if not all(verdict.kept for verdict in self.carried):
            return "broken"
        return "kept" if self.proven else "unproven"


def obligations(
    page: str, verdicts: Sequence[Verdict], proved: Collection[str] | None = None
) -> list[Obligation]:
    """In the order of the page; `proved`: the ids of which that was shown (none given: not asked).

    Raises:
        PolicyProblems: scenarios carry an id that is not on the page.
    """
    known = [(found[1], found[2]) for found in ROW.finditer(page)]
    ids = {id for id, _ in known}
    unknown = [
        verdict.play.scenario.headers["keeps"].place.problem(f"no obligation is called {id}")
        for verdict in verdicts
        for id in verdict.play.scenario.keeps
        if id not in ids
    ]
    if unknown:
        raise PolicyProblems(unknown)
    return [
        Obligation(
            id,
            words,
            tuple(each for each in verdicts if id in each.play.scenario.keeps),
            proved is None or id in proved,
        )
        for id, words in known
    ]


def command(
    page: Annotated[Path, typer.Argument(help="A Markdown page with rows | ID | what is promised |.")],
    files: Annotated[list[Path], typer.Argument(help="Scenario files.")],
    policies: Annotated[Path | None, typer.Option(help="Directory of the policies.")] = None,
    *,
    prove: Annotated[
        bool, typer.Option("--prove", help="Would they fail if the clause that names the id were another?")
    ] = False,
) -> None:
    """A table of obligations: kept, or not yet, and by which scenarios. Exit 1 where one of them fails."""
    try:
        staged = [each for file in files for each in stage(file, policies)]
        verdicts = [lived(each.play, each.book()) for each in staged if each.scenario.keeps]
        proved = proven([each for each in staged if each.scenario.keeps]) if prove else None
        found = obligations(page.read_text(encoding="utf-8"), verdicts, proved)
    except OSError as wrong:
        fail(f"{page}: {wrong.strerror}")
    except PolicyProblems as problems:
        fail(str(problems))
    console = Console(highlight=False)
    console.width = max(console.width, WIDTH)
    console.print(_table(found))
    counts = {standing: sum(each.standing == standing for each in found) for standing in _STYLES}
    console.print(", ".join(f"{count} {standing}" for standing, count in counts.items() if count))
    if counts["broken"]:
        raise typer.Exit(DIFFERS)


_STYLES: dict[Standing, str] = {"kept": "green", "unproven": "yellow", "broken": "red", "not yet": "dim"}


def _table(found: Sequence[Obligation]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("Id", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Obligation", ratio=3)
    table.add_column("Carried by", ratio=4)
    for each in found:
        carriers = [
            f"{Path(place.file).name}:{place.line} {title}" + ("" if verdict.kept else " (fails)")
            for verdict in each.carried
            for place, title in [(verdict.play.scenario.place, verdict.play.scenario.title)]
        ]
        style = _STYLES[each.standing]
        table.add_row(each.id, f"[{style}]{each.standing}[/]", each.words, "\n".join(carriers))
    return table
