"""Would the scenarios notice if their policy said something else? Each mutant must make one of them fail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.scenarios.mutation import Mutant, mutants
from cli.scenarios.stage import Staged
from cli.scenarios.verdict import lived


@dataclass(frozen=True, slots=True)
class Notice:
    """A mutant of a policy's file, and the scenario that noticed it; None: none did."""

    file: Path
    mutant: Mutant
    by: Staged | None

    @property
    def where(self) -> str:
        return f"{self.file}:{self.mutant.line}:{self.mutant.column}"


def notices(staged: Sequence[Staged]) -> Iterator[Notice]:
    """Every mutant of every policy of these scenarios, in the order of the policies' text."""
    files = dict.fromkeys(Path(policy.file) for each in staged for policy in each.policies)
    for file in files:
        # Whoever noticed the last one stands first: neighbours are often noticed by the same scenario.
        playing = [each for each in staged if any(policy.file == str(file) for policy in each.policies)]
        dated = any(len(each.policies) > 1 for each in playing)
        for mutant in mutants(file.read_text(encoding="utf-8"), str(file), dated=dated):
            by = next((each for each in playing if notices_it(each, mutant)), None)
            if by is not None:
                playing.remove(by)
                playing.insert(0, by)
            yield Notice(file, mutant, by)


def notices_it(staged: Staged, mutant: Mutant) -> bool:
    """Whether the scenario fails under that mutant."""
    try:
        return not lived(staged.play, staged.book(mutant.changed)).kept
    except (LookupError, RuntimeError):
        # A status or a clock that is gone, an endless conversation: nobody could overlook it.
        return True
