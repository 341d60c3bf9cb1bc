"""Virtual time: the real decisions over a log of facts, in memory, as fast as they can be computed.

Each process decides as it does in production; what it says is numbered and heard by the others at once, and
each case's wake-up calls come at their instants. Cases do not know of one another: each is lived by itself.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from services.clock.domain.case import CaseClocks
from services.clock.domain.decide import decide
from shared.contracts.clock import UpdateRequested
from shared.contracts.decision import Decision, Heard, Saying, Wake
from shared.contracts.envelope import Fact
from shared.contracts.notifier import UpdateSent
from shared.contracts.topics import CASES, CLOCKS, DELIVERIES, TOPIC_OF
from shared.policy.book import PolicyBook

S = TypeVar("S")

MOST = 1_000_000
"""Decisions on one case: more is an endless conversation, and a bug."""


class Endless(RuntimeError):
    """The processes went on and on talking about one case."""


@dataclass(frozen=True, slots=True)
class Player(Generic[S]):
    """One process: what it hears, how it decides."""

    name: str
    hears: tuple[str, ...]
    decide: Callable[[S | None, Heard, int], Decision[S]]


@dataclass(slots=True)
class Lived:
    """How one case went: the last state of each player, and everything that was said, in order."""

    key: str
    states: dict[str, Any] = field(default_factory=dict)
    said: list[Fact] = field(default_factory=list)


def clock_player(book: PolicyBook) -> Player[CaseClocks]:
    """The clock service itself."""
    return Player("clock", (CASES, DELIVERIES), partial(decide, book))


def prompt_notifier() -> Player[int]:
    """Sends every requested update on the spot: what the notifier does when the world is well."""
    return Player("notifier", (CLOCKS,), _send)


def _send(state: int | None, heard: Heard, now: int) -> Decision[int]:
    asked = heard.data if isinstance(heard, Fact) else None
    if not isinstance(asked, UpdateRequested):
        return Decision(state or 0)
    sent = UpdateSent(update=asked.update, clock=asked.clock, cycle=asked.cycle, at=now)
    return Decision((state or 0) + 1, (Saying(sent, now),))


def live(players: Sequence[Player[Any]], facts: Sequence[Fact], until: int) -> Lived:
    """One case from its first fact to `until`; each fact arrives at its own time, in the given order.

    Raises:
        Endless: see MOST.
    """
    life = Life(players, Lived(facts[0].key))
    for fact in sorted(facts, key=lambda each: each.time):
        if fact.time > until:
            break
        life.wake_up_to(fact.time)
        life.tell(fact, fact.time)
    life.wake_up_to(until)
    return life.lived


def simulate(book: PolicyBook, facts: Iterable[Fact], until: int) -> dict[str, Lived]:
    """The clocks of every case of a log, with updates sent as they are asked for."""
    players = (clock_player(book), prompt_notifier())
    return {key: live(players, of_case, until) for key, of_case in by_case(facts).items()}


def by_case(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    cases: dict[str, list[Fact]] = {}
    for fact in facts:
        cases.setdefault(fact.key, []).append(fact)
    return cases


class Life:
    """One case being lived: tell it facts and let time pass; `lived` holds what came of it so far."""

    def __init__(self, players: Sequence[Player[Any]], lived: Lived) -> None:
        self.players = players
        self.lived = lived
        self.wakes: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.unheard: deque[Fact] = deque()
        self.decisions = 0

    def wake_up_to(self, until: int) -> None:
        """Call every player at the instants that it asked for."""
        while self.wakes:
            name, at = min(self.wakes.items(), key=lambda item: item[1])
            if at > until:
                return
            player = next(player for player in self.players if player.name == name)
            del self.wakes[name]
            self._decide(player, Wake(), at)
            self._spread(at)

    def tell(self, fact: Fact, now: int) -> None:
        self.unheard.append(fact)
        self._spread(now)

    def _spread(self, now: int) -> None:
        """In the order in which it was said: nobody hears of a consequence before its cause."""
        while self.unheard:
            fact = self.unheard.popleft()
            for player in self.players:
                if fact.topic in player.hears:
                    self._decide(player, fact, now)

    def _decide(self, player: Player[Any], heard: Heard, now: int) -> None:
        self.decisions += 1
        if self.decisions > MOST:
            raise Endless(f"{self.lived.key}: {player.name} still talks after {MOST} decisions")
        decision = player.decide(self.lived.states.get(player.name), heard, now)
        self.lived.states[player.name] = decision.state
        self.wakes.pop(player.name, None)
        if decision.wake_at is not None:
            self.wakes[player.name] = max(decision.wake_at, now)
        for saying in decision.says:
            topic = TOPIC_OF[type(saying.data)]
            number = self.numbers[topic] = self.numbers.get(topic, 0) + 1
            fact = Fact(
                key=self.lived.key,
                time=saying.time,
                data=saying.data,
                source=player.name,
                id=f"{topic}-{number}",
                topic=topic,
                sequence=number,
            )
            self.lived.said.append(fact)
            self.unheard.append(fact)
