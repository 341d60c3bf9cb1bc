"""What a service is, to the kit: which topics it hears, what it says, and one pure function."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from shared.contracts.decision import Call, Decision, Heard
from shared.contracts.envelope import Fact, Said
from shared.contracts.instant import Instant
from shared.contracts.topics import TOPICS

S = TypeVar("S")

Decide = Callable[[S | None, Heard, Instant], Decision[S]]
Caller = Callable[[str, Call], Awaitable[Fact]]
"""Carries out a call for a key; its outcome is a fact that never travels (sequence 0). Must not raise."""


@dataclass(frozen=True, slots=True)
class Process(Generic[S]):
    """One service's part in the stream.

    `name` is also its PostgreSQL schema and its consumer group; `says` is the topic that it owns, empty for
    one that only listens; `aside` are topics of its own for what hardly anybody wants to hear. `state` is a
    type that pydantic can write as JSON. `decide` is pure; what it needs of policies is bound to it
    beforehand, and `under` says what that is, so that a later reader of the turns knows what to decide them
    by. `outcomes` are the types of what its calls come back with. `heeds` names the types of facts that may
    change anything; the others are passed over unread.
    """

    name: str
    hears: tuple[str, ...]
    says: str
    state: type[S]
    decide: Decide[S]
    call: Caller | None = None
    under: str = ""
    outcomes: tuple[type[Said], ...] = ()
    heeds: frozenset[str] | None = None
    aside: tuple[str, ...] = ()

    @property
    def owns(self) -> tuple[str, ...]:
        """The topics that it says something on."""
        return (self.says, *self.aside) if self.says else ()

    @property
    def counted(self) -> frozenset[str]:
        """The topics of which every number is noted, since every fact is heeded: there a gap shows at once.

        On the others what is passed over costs nothing, not even a note; gaps there are the audit's to find.
        """
        return _counted(self.heeds)


@cache
def _counted(heeds: frozenset[str] | None) -> frozenset[str]:
    return frozenset(
        topic
        for topic, facts in TOPICS.items()
        if heeds is None or heeds.issuperset(said.type for said in facts)
    )
