"""Which facts of a case the clocks refused later, and why: kept to be shown in its history."""

from dataclasses import dataclass, field, replace

from shared.contracts.clock import FactRefused, FactReinstated
from shared.contracts.decision import Decision, Heard
from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant

HEEDS = frozenset((FactRefused.type, FactReinstated.type))
"""The types of facts that are looked at."""


@dataclass(frozen=True, slots=True)
class RefusedLater:
    """A fact by its identity."""

    source: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refusals:
    refused: tuple[RefusedLater, ...] = field(default_factory=tuple)

    def reason(self, source: str, id: str) -> str | None:
        return next((r.reason for r in self.refused if (r.source, r.id) == (source, id)), None)


def note(state: Refusals | None, heard: Heard, _now: Instant) -> Decision[Refusals]:
    """Hear what the clocks say, and say nothing."""
    known = state or Refusals()
    if not isinstance(heard, Fact) or not isinstance(heard.data, FactRefused | FactReinstated):
        return Decision(known)
    said = heard.data
    others = tuple(r for r in known.refused if (r.source, r.id) != (said.fact_source, said.fact))
    if isinstance(said, FactReinstated):
        return Decision(replace(known, refused=others))
    return Decision(replace(known, refused=(*others, RefusedLater(said.fact_source, said.fact, said.reason))))
