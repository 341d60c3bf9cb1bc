"""A mutation of the product as data, and the copy of the tree that it is made in."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("cli", "services", "shared", "policies")


class NoLongerApplies(AssertionError):
    """What a mutant replaces is not in its file, or not once: the product has changed, and it must follow."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`edits`: what stands in the file, and what shall stand there; each is there exactly once."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    treatment: str
    """Under which it must be seen."""
    red: frozenset[str]
    """What must turn red: invariants of the audit, or `outside`. Each of them."""

    def applied(self) -> str:
        """The file's text with the mutation. Raises NoLongerApplies."""
        text = (ROOT / self.file).read_text()
        for old, new in self.edits:
            if (found := text.count(old)) != 1:
                raise NoLongerApplies(
                    f"the mutant {self.name!r} no longer applies: {self.file} has this {found} times:\n{old}"
                )
            text = text.replace(old, new)
        return text


def mutant(name: str, file: str, *edits: tuple[str, str], under: str, red: str) -> Mutant:
    """`red`: names, separated by blanks."""
    return Mutant(name, file, edits, under, frozenset(red.split()))


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def copy_of_the_product(folder: Path, changed: Mutant | None) -> Path:
    """A copy to be run from. Without a mutant it is the product as it is."""
    for name in PRODUCT:
        shutil.copytree(ROOT / name, folder / name)  # what was compiled comes along: its times are kept
    if changed is not None:
        (folder / changed.file).write_text(changed.applied())
    return folder
