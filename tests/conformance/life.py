"""A timeline's events as facts, decided by the clock service's own domain, and what is seen after each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.clock.domain.case import CaseClocks, Snapshot
from services.clock.domain.decide import decide
from shared.calendar.instants import SECOND
from shared.contracts.case import (
    CaseChanged,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseStatusChanged,
    CustomerReplied,
    SupportReplied,
    SupportUpdated,
)
from shared.contracts.case_said import CaseSaid
from shared.contracts.decision import Heard, Wake
from shared.contracts.envelope import Fact
from shared.contracts.topics import CASES
from shared.policy.book import PolicyBook
from tests.conformance.agreement import Agreement, agreement
from tests.conformance.described import CUSTOMER, NOBODY_SAID, book
from tests.conformance.reading import Case, at, interval
from tests.conformance.statuses import ENDINGS, HELD, MOVES, OPEN, answers, status_of
from tests.conformance.verdict import CannotAsk

_FIELDS = {"at", "type", "by", "to", "state", "sla", "priority", "calendar", "targets", "seconds"}
_REMARKS = {"note", "notes", "then", "from"}
_SAYINGS: Mapping[str, CaseSaid] = {
    "customer_message": CustomerReplied(),
    "customer_reply": CustomerReplied(),
    "agent_public_reply": SupportReplied(),
    "agent_reply": SupportReplied(),
    "agent_call": SupportReplied(),
    "agent_update": SupportUpdated(),
    "status_update": SupportUpdated(),
    "resolved": CaseResolved(),
    "solved": CaseResolved(),
    "closed": CaseClosed(),
    "reopened": CaseReopened(),
    "pause": CaseStatusChanged(status=HELD),
    "hold": CaseStatusChanged(status=HELD),
    "resume": CaseStatusChanged(status=OPEN),
    "unhold": CaseStatusChanged(status=OPEN),
}
_SILENT = {
    "evaluate",
    "agent_private_note",
    "agent_internal_note",
    "internal_note",
    "private_note",
    "assigned",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The clocks at an instant, under the level that holds then."""

    at: int
    state: CaseClocks
    level: str

    @property
    def snapshot(self) -> Snapshot:
        if self.state.snapshot is None:
            raise CannotAsk("the case is not opened")
        return self.state.snapshot


@dataclass(slots=True)
class Life:
    """Lives one case; `after` has what is seen after each event, `at_end` after all time that is said."""

    book: PolicyBook
    agreed: Agreement
    now: int = 0
    facts: int = 0
    state: CaseClocks = field(default_factory=CaseClocks)
    level: str = ""
    status: str = OPEN
    held: int = 0
    after: list[Seen] = field(default_factory=list)

    @property
    def at_end(self) -> Seen:
        return Seen(self.now, self.state, self.level)

    def tell(self, data: CaseSaid, when: int) -> None:
        self.facts += 1
        named = f"e{self.facts}"
        self._hear(Fact("runner/case", when, data, "helpdesk", named, CASES, self.facts), when)

    def pass_time(self, to: int) -> None:
        """Everything that time alone brings about up to an instant."""
        self._hear(Wake(), to)

    def _hear(self, heard: Heard, when: int) -> None:
        self.now = max(self.now, when)
        self.state = decide(self.book, self.state, heard, self.now).state

    @property
    def ended(self) -> bool:
        return self.state.snapshot is not None and self.state.snapshot.phase != "open"

    def enter(self, text: str, when: int) -> None:
        """Another status: also the ones that end a case, or that open an ended one again."""
        status = status_of(text)
        if status in ENDINGS:
            self.tell(_SAYINGS[ENDINGS[status]], when)
            return
        if self.ended:
            self.tell(CaseReopened(), when)
        self.status = status
        self.tell(CaseStatusChanged(status=status), when)

    def hold(self, total: int, when: int) -> None:
        """Held from now on, until the case has been held for `total` altogether."""
        more = total - self.held
        if more < 0:
            raise CannotAsk("a total of pauses that shrinks")
        self.held = total
        self.tell(CaseStatusChanged(status=HELD), when)
        self.tell(CaseStatusChanged(status=self.status), when + more)


def live(case: Case) -> Life:
    """The whole timeline, with the case's own pauses, up to its `now`."""
    agreed = agreement(case)
    life = Life(book(case, agreed), agreed, level=agreed.opened_under)
    pauses: list[tuple[str, int]] = []
    for start, end in map(interval, case.get("pauses") or ()):
        pauses += [(HELD, start), (OPEN, end)]
    for index, event in enumerate(case["events"]):
        if unknown := sorted(set(event) - _FIELDS - _REMARKS):
            raise CannotAsk(f"fields of an event: {', '.join(unknown)}")
        when = at(event["at"]) if "at" in event else life.now
        while pauses and pauses[0][1] < when:
            life.enter(*pauses.pop(0))
        _happen(life, index, event, when)
        life.pass_time(max(life.now, when))
        life.after.append(life.at_end)
    for change in pauses:
        life.enter(*change)
    if case.get("now") is not None:
        life.pass_time(max(life.now, at(case["now"])))
    return life


def _happen(life: Life, index: int, event: Case, when: int) -> None:
    kind, state = event["type"], event.get("state")
    match kind:
        case "created" | "opened":
            by = {"opened_by": event.get("by", NOBODY_SAID)}
            life.tell(CaseOpened.model_validate({"customer": CUSTOMER, "package": life.level, **by}), when)
        case "hold_time_set":
            life.hold(int(event["seconds"]) * SECOND, when)
        case _ if kind in MOVES:
            state = event["to"]
        case _ if index in life.agreed.changes:
            life.level = life.agreed.changes[index]
            life.tell(CaseChanged(package=life.level), when)
        case _ if kind in _SAYINGS:
            if life.ended and state is not None and status_of(state) not in ENDINGS:
                life.tell(CaseReopened(), when)  # a message that opens the case again is heard by an open one
            life.tell(_SAYINGS[kind], when)
            if state is None and kind.startswith("customer") and answers(life.status):
                life.enter(OPEN, when)  # the customer answers what had been asked
        case _ if kind not in _SILENT:
            raise CannotAsk(f"event type {kind!r}")
        case _:
            pass
    if state is not None:
        life.enter(str(state), when)
