"""The table of mutations, for the terminal and for docs/mutants.md."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.patient import OUTSIDE, Outcome

PAGE = ROOT / "docs" / "mutants.md"
_MADE = re.compile(r"(<!-- made by: make mutants -->\n).*?(<!-- end -->)", re.DOTALL)
LONGEST = 150


class Row(NamedTuple):
    mutant: Mutant
    outcome: Outcome

    @property
    def missing(self) -> list[str]:
        """What should have turned red, and did not."""
        return sorted(self.mutant.red - self.outcome.found.keys())

    def line(self) -> str:
        word = f"SURVIVED {', '.join(self.missing)}" if self.missing else "seen by"
        by = ", ".join(f"{name} ({len(words)})" for name, words in self.outcome.found.items())
        return f"{self.outcome.seconds:6.1f} s  {self.mutant.name}: {word} {by}"

    def first(self) -> str:
        """The first violation of what must see it: of the audit, where it does."""
        by = sorted(self.mutant.red & self.outcome.found.keys(), key=lambda name: (name == OUTSIDE, name))
        words = self.outcome.found[by[0]][0] if by else ""
        return words if len(words) <= LONGEST else words[:LONGEST] + "…"


def markdown(rows: Iterable[Row]) -> str:
    lines = ["| mutant | where | treatment | red | for example | s |", "|---|---|---|---|---|---|"]
    for row in rows:
        red = ", ".join(f"**{name}**" if name in row.mutant.red else name for name in row.outcome.found)
        cells = (
            row.mutant.name,
            f"`{row.mutant.file}`",
            row.mutant.treatment,
            red,
            f"`{row.first()}`",
            f"{row.outcome.seconds:.0f}",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def write(rows: Iterable[Row], healthy: str, page: Path = PAGE) -> None:
    """Put the table where the page has it. `healthy` tells of the product as it is."""
    made = f"{healthy}\n\n{markdown(rows)}"
    page.write_text(_MADE.sub(lambda found: found[1] + made + found[2], page.read_text()))
