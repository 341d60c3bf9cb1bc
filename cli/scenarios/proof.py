"""Does a scenario that carries an obligation's id fail without the clause that the policy names by that id?

A policy names it in a comment: `targets: {P1: 1 h} # FD-1`. The comment is about its own line and all
that hangs on it; one that stands by itself is about what follows on its level, up to the next such comment.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cli.scenarios.document import ID
from cli.scenarios.mutation import Mutant, directory_mutants, mutants
from cli.scenarios.noticing import notices_it
from cli.scenarios.stage import Staged

_COMMENT = re.compile(r"(^|\s)#(?P<words>.*)$")


def clauses(text: str) -> Mapping[int, frozenset[str]]:
    """Line to the ids of the obligations that its words keep."""
    found: dict[int, frozenset[str]] = {}
    open_: list[tuple[int, bool, frozenset[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        comment = _COMMENT.search(line)
        ids = frozenset(ID.findall(comment["words"])) if comment else frozenset[str]()
        words = line[: comment.start()].rstrip() if comment else line.rstrip()
        indent = len(line) - len(line.lstrip())
        if not words:
            if ids:
                open_ = [each for each in open_ if each[0] < indent or (each[0] == indent and not each[1])]
                open_.append((indent, True, ids))
            continue
        # What stands by itself holds for its level, what stands behind words for what hangs on them.
        open_ = [each for each in open_ if each[0] < indent or (each[0] == indent and each[1])]
        open_.append((indent, False, ids))
        found[number] = frozenset(id for _, _, several in open_ for id in several)
    return found


def proven(staged: Sequence[Staged]) -> set[str]:
    """The ids of which at least one clause could not go or be another one unnoticed by their scenarios."""
    proved: set[str] = set()
    for file in dict.fromkeys(policy.file for each in staged for policy in each.policies):
        text = Path(file).read_text(encoding="utf-8")
        lines = clauses(text)
        playing = [each for each in staged if any(policy.file == file for policy in each.policies)]
        dated = any(len(each.policies) > 1 for each in playing)
        _prove(mutants(text, file, dated=dated), lines, playing, proved)
    for path in dict.fromkeys(each.directory_file for each in staged):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            lines = {line: ids for line, ids in clauses(text).items() if ids - proved}
            playing = [each for each in staged if each.directory_file == path]
            _prove(directory_mutants(text, str(path), lines), lines, playing, proved)
    return proved


def _prove(
    several: Iterable[Mutant],
    lines: Mapping[int, frozenset[str]],
    staged: Sequence[Staged],
    proved: set[str],
) -> None:
    for mutant in several:
        for id in lines.get(mutant.line, frozenset()) - proved:
            if any(notices_it(each, mutant) for each in _carriers(staged, id)):
                proved.add(id)


def _carriers(staged: Sequence[Staged], id: str) -> Iterable[Staged]:
    return (each for each in staged if id in each.scenario.keeps)
