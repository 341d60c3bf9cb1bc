"""A notifier without a world: facts and the time go in, one readable line comes out for all that it does.

Time is seconds since the desk opened. What a call came to is told by the test, as the world would.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from services.notifier.domain.case import decide
from services.notifier.domain.ledger import CaseDeliveries
from services.notifier.domain.message import Message, Send
from services.notifier.domain.outcome import Accepted, CallEnded, Outcome, Refused, TryAgain, Unknown
from services.notifier.domain.world import Address, Patience, Receiver, World
from shared.contracts.decision import Heard, Wake
from shared.contracts.envelope import Fact, Said
from shared.contracts.escalation import PageRequested
from shared.contracts.instant import SECOND, parse

KEY = "acme/C-1"
START = parse("2026-03-02T09:00:00Z")
KEPT = TypeAdapter(CaseDeliveries)

PATIENCE = Patience(
    lease=30 * SECOND,
    waits=tuple(seconds * SECOND for seconds in (1, 5, 30, 120)),
    tries_before_fallback=2,
    longest_wait=60 * SECOND,
    promise=2 * SECOND,
    stale=24 * 3600 * SECOND,
)
PEOPLE = {
    "anna": Receiver("anna", "Europe/Copenhagen", (Address("email", "anna@x.example"), Address("console"))),
    "ben": Receiver("ben", "UTC", (Address("webhook", "ben"),)),
    "mute": Receiver("mute", "UTC", ()),
}
CONTACTS = {"acme": Receiver("Carla", "America/Chicago", (Address("email", "carla@acme.example"),))}
WORLD = World(
    person=PEOPLE.get,
    contact=lambda customer, _named: CONTACTS.get(customer),
    patience=PATIENCE,
)

ok = Accepted("250 queued")
busy = TryAgain("451 come back later")
no = Refused("550 no such mailbox")
lost = Unknown("connection dropped")


def page(name: str = "p1", person: str = "anna", *, at: float = 0, **more: Any) -> PageRequested:
    said = {
        "page": name,
        "step": "breach",
        "person": person,
        "role": "on call of Tier 2",
        "why": "first response breached",
        "urgency": "critical",
        "clock": "first_response",
        "cycle": 1,
        "due": START,
        "at": START + round(at * SECOND),
        "acknowledge_by": START + 900 * SECOND,
        "customer": "acme",
        "severity": "P1",
        "title": "Nothing works",
    }
    return PageRequested.model_validate(said | more)


@dataclass
class Desk:
    state: CaseDeliveries | None = None
    wake_at: int | None = None
    lines: list[str] = field(default_factory=list)
    sent: list[Send] = field(default_factory=list)
    sequence: int = 0
    world: World = WORLD

    def hears(self, at: float, said: Said, *, time: float | None = None) -> list[str]:
        """A fact arrives at `at`; it happened at `time`, which is the same where it is not said."""
        self.sequence += 1
        happened = START + round((at if time is None else time) * SECOND)
        return self._turn(at, Fact(KEY, happened, said, "test", str(self.sequence), "t", self.sequence))

    def ends(self, at: float, outcome: Outcome, *, attempt: int | None = None, call: int = -1) -> list[str]:
        """The call made last (or number `call`) comes to this."""
        made = self.sent[call]
        ended = CallEnded(effect=made.effect, attempt=attempt or made.attempt, outcome=outcome)
        return self._turn(at, Fact(KEY, START + round(at * SECOND), ended, "call", "", "", 0))

    def waits(self, until: float) -> list[str]:
        """Time passes; whatever is due in it happens at its instant, which the line then shows."""
        done: list[str] = []
        while self.wake_at is not None and self.wake_at <= START + round(until * SECOND):
            at = max(self.wake_at - START, 0) / SECOND
            lines = self._turn(at, Wake())
            done += [f"{at:.0f} s: {line}" for line in lines]
        return done

    def next(self) -> tuple[float, list[str]]:
        """The next instant at which something is due, and what is done then."""
        assert self.wake_at is not None
        at = (self.wake_at - START) / SECOND
        return at, self._turn(at, Wake())

    @property
    def message(self) -> Message:
        return self.sent[-1].message

    def statuses(self) -> list[str]:
        assert self.state is not None
        return [f"{one.address}: {one.status}" for one in self.state.deliveries.values()]

    def _turn(self, at: float, heard: Heard) -> list[str]:
        decision = decide(self.world, self.state, heard, START + round(at * SECOND))
        # What is kept between turns has been through the store.
        self.state = KEPT.validate_json(KEPT.dump_json(decision.state, exclude_defaults=True))
        assert self.state == decision.state
        self.wake_at = decision.wake_at
        lines = []
        for saying in decision.says:
            said = saying.data
            line = f"{said.type} {getattr(said, 'channel', '')}".strip()
            if hasattr(said, "fallback"):
                line += f" -> {said.fallback or 'nobody'}"
            lines.append(line)
        for call in decision.calls:
            assert isinstance(call, Send)
            lines.append(f"{call.address} attempt {call.attempt}")
            self.sent.append(call)
        self.lines += lines
        return lines


def with_people(**people: Receiver) -> World:
    return replace(WORLD, person=people.get)
