"""The words of scenarios. They follow from the facts of `shared/contracts`: what is said there is sayable.

A fact of a case is an event that happens: `case opened`, `support replied`. A fact of a clock is its last
word and the clock: `breached first response`. What escalation says has short words of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_origin

from shared.contracts.case import CASE_FACTS
from shared.contracts.clock import ClockSaid
from shared.contracts.envelope import Said
from shared.contracts.topics import CLOCKS, ESCALATIONS, REFUSALS, TOPICS

_SAID = (*TOPICS[CLOCKS], *TOPICS[REFUSALS], *TOPICS[ESCALATIONS])


@dataclass(frozen=True, slots=True)
class Word:
    """How a phrase about one type of fact begins, and what its remaining words name."""

    said: type[Said]
    rest: str = ""
    """The member that they name; `page`: the receiver of the page that is meant."""
    fixed: Mapping[str, str] | None = None
    """Members that the word itself says."""


EVENTS: Mapping[str, type[Said]] = {
    said.type.replace(".", " ").replace("_", " "): said for said in CASE_FACTS
}
"""What other systems say, by the words of a scenario."""

ACKNOWLEDGED, UNDELIVERABLE, UPDATE_SENT = "acknowledged by", "undeliverable", "update sent"
WORLD = (ACKNOWLEDGED, UNDELIVERABLE, UPDATE_SENT)
"""What people and the notifier do, beside the events of other systems."""


def _of_type(name: str) -> type[Said]:
    return next(said for said in _SAID if said.type == name)


_ESCALATION: Mapping[str, Word] = {
    "routed to": Word(_of_type("case.routed"), "tier"),
    "escalated to": Word(_of_type("case.escalated"), "to_tier"),
    "page": Word(_of_type("page.requested"), "person", {"urgency": "critical"}),
    "notify": Word(_of_type("page.requested"), "person", {"urgency": "normal"}),
    "digest to": Word(_of_type("page.requested"), "person", {"urgency": "digest"}),
    "unanswered": Word(_of_type("page.unanswered"), "page"),
    "withdrawn": Word(_of_type("page.withdrawn"), "page"),
    "noted": Word(_of_type("acknowledgement.noted"), "page"),
    "skipped": Word(_of_type("step.skipped"), "step"),
    "ladder ended": Word(_of_type("ladder.ended")),
}
_CLOCK: Mapping[str, Word] = {
    "retracted": Word(_of_type("clock.retracted"), "what"),
    "warned": Word(_of_type("clock.warned"), "warning"),
    "update requested": Word(_of_type("update.requested")),
    "refused": Word(_of_type("fact.refused"), "fact_type"),
    "reinstated": Word(_of_type("fact.reinstated"), "fact_type"),
}
_ALSO = {"warning": "warned", "breach": "breached", "digest": "digest to", "routed": "routed to"}


def _words() -> Mapping[str, Word]:
    words = {**_CLOCK, **_ESCALATION}
    named = {word.said for word in words.values()}
    for said in _SAID:
        if said not in named:
            last = said.type.rpartition(".")[2].replace("_", " ")
            name = last if issubclass(said, ClockSaid) and last not in words else said.type.replace(".", " ")
            words[name] = Word(said, _closed(said))
    return {**words, **{other: words[name] for other, name in _ALSO.items()}}


def _closed(said: type[Said]) -> str:
    """The member that has words of a closed set: what stands alone is its value."""
    names = (name for name, field in said.model_fields.items() if get_origin(field.annotation) is Literal)
    return next(names, "")


SAID: Mapping[str, Word] = _words()
"""What Tocsin says, by the words that a phrase begins with."""

BY_TYPE: Mapping[type[Said], str] = {word.said: name for name, word in reversed(list(SAID.items()))}
"""The first words for each type."""


def beginning(text: str, words: Mapping[str, object] | tuple[str, ...]) -> str | None:
    """The longest of the words with which the text begins; dots and underscores are spaces."""
    plain = spoken(text) + " "
    fitting = (word for word in words if plain.startswith(word + " "))
    return max(fitting, key=len, default=None)


def spoken(text: str) -> str:
    """`Case.opened` and `case_opened` as `case opened`."""
    return " ".join(re.sub(r"[._,]", " ", text).lower().split())
