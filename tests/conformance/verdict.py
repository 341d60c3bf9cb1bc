"""What became of one case, and the summary of many."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["agree", "differ", "cannot be asked"]


class CannotAsk(Exception):
    """A case that says something we have no word for; the text says what."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`allowed`: a difference, or a question that cannot be asked, that the case itself calls contested."""

    source: str
    case: str
    kind: str
    outcome: Outcome
    reason: str = ""
    allowed: bool = False

    @property
    def fails(self) -> bool:
        return self.outcome != "agree" and not self.allowed


def report(verdicts: Iterable[Verdict]) -> str:
    """Per source: how many agree, differ, cannot be asked; then every case that does not agree, and why."""
    every = list(verdicts)
    lines = [f"{'source':<44} {'agree':>6} {'differ':>7} {'cannot be asked':>16}"]
    counts = Counter((verdict.source, verdict.outcome) for verdict in every)
    for source in [*dict.fromkeys(verdict.source for verdict in every)]:
        agree, differ, not_asked = (
            counts[source, "agree"],
            counts[source, "differ"],
            counts[source, "cannot be asked"],
        )
        lines.append(f"{source:<44} {agree:>6} {differ:>7} {not_asked:>16}")
    for verdict in every:
        if verdict.outcome != "agree":
            mark = "FAIL" if verdict.fails else "    "
            lines.append(f"{mark} {verdict.case} {verdict.kind}: {verdict.outcome}: {verdict.reason}")
    options = Counter(verdict.reason for verdict in every if verdict.outcome == "agree" and verdict.reason)
    lines.extend(f"     {n} agree {reason}" for reason, n in options.most_common())
    failed = sum(verdict.fails for verdict in every)
    lines.append(f"{len(every)} cases, {failed} failed")
    return "\n".join(lines)
