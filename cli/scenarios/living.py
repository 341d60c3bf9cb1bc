"""A scenario's world: one case, the decisions of clock and escalation, and time that passes when told to.

Nobody else is there. Whatever people, other systems and the notifier do, the scenario says.
"""

from dataclasses import dataclass, field
from functools import partial

from services.clock.domain.case import CaseClocks
from services.clock.domain.simulation import Life, Lived, Player, clock_player
from services.clock.domain.view import CycleShown, clocks_view
from services.escalation.domain.decide import decide as decide_escalation
from shared.contracts.clock import UpdateRequested
from shared.contracts.envelope import Fact, Said
from shared.contracts.escalation import PageRequested
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, DELIVERIES, OWNERS, TOPIC_OF
from shared.policy.book import PolicyBook

KEY = "scenario/1"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A fact that Tocsin said, and when it said so: later than the fact's own time where it was told late."""

    fact: Fact
    noticed: int

    @property
    def data(self) -> Said:
        return self.fact.data

    @property
    def at(self) -> int:
        return self.fact.time


@dataclass(slots=True)
class World:
    """What was said so far; `pages` by id."""

    book: PolicyBook
    now: int = 0
    said: list[Spoken] = field(default_factory=list)
    pages: dict[str, PageRequested] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    life: Life = field(init=False)

    def __post_init__(self) -> None:
        hears = (CASES, CLOCKS, DELIVERIES, ACKNOWLEDGEMENTS)
        escalation = Player("escalation", hears, partial(decide_escalation, self.book))
        self.life = Life((clock_player(self.book), escalation), Lived(KEY))

    def pass_time(self, to: int) -> None:
        """Everybody is called at the instants that they asked for, up to `to`."""
        while self.life.wakes and (at := min(self.life.wakes.values())) <= to:
            self.now = max(self.now, at)
            self.life.wake_up_to(self.now)
            self._note()
        self.now = max(self.now, to)

    def tell(self, data: Said, time: int, arrives: int) -> None:
        """Something happened at `time`, and is heard of at `arrives`."""
        if arrives > self.now:
            self.pass_time(arrives)
        topic = TOPIC_OF[type(data)]
        number = self.numbers[topic] = self.numbers.get(topic, 0) + 1
        source = "help desk" if topic == CASES else OWNERS[topic]
        fact = Fact(KEY, time, data, source, f"{topic}-{number}", topic=topic, sequence=number)
        self.life.tell(fact, self.now)
        self._note()

    def page_to(self, receiver: str) -> PageRequested | None:
        """The latest page to that person, or to whoever has that role."""
        pages = reversed(self.pages.values())
        return next((page for page in pages if receiver in (page.person, page.role)), None)

    def update_of(self, clock: str) -> UpdateRequested | None:
        """The latest status update that was asked for, of a clock or (empty) of any."""
        asked = (each.data for each in reversed(self.said) if isinstance(each.data, UpdateRequested))
        return next((update for update in asked if clock in ("", update.clock)), None)

    def clock(self, name: str) -> CycleShown | None:
        """The latest cycle of a clock as others read it now."""
        state: CaseClocks | None = self.life.lived.states.get("clock")
        cycles = [each for each in clocks_view(self.book, state, self.now) if each.clock == name]
        return cycles[-1] if cycles else None

    def _note(self) -> None:
        for fact in self.life.lived.said[len(self.said) :]:
            self.said.append(Spoken(fact, self.now))
            if isinstance(fact.data, PageRequested):
                self.pages[fact.data.page] = fact.data
