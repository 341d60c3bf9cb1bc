"""A decision in the making: the case as it becomes and what is said on the way. It lives for one `decide`."""

from services.escalation.domain.case import CaseEscalation
from services.escalation.domain.words import when
from shared.contracts.decision import Decision, Saying
from shared.contracts.envelope import Said
from shared.policy.book import PolicyBook
from shared.policy.directory import Customer, Directory
from shared.policy.escalation import Escalation
from shared.policy.match import Stated


class Draft:
    """`escalation` is what the case's pinned policy says; only a case that was opened under one has it."""

    def __init__(self, book: PolicyBook, case: CaseEscalation, now: int) -> None:
        self.book = book
        self.case = case
        self.now = now
        self.says: list[Saying] = []

    def say(self, data: Said, time: int) -> None:
        self.says.append(Saying(data, time))

    def decision(self) -> Decision[CaseEscalation]:
        progress = self.case.progress_at
        instants = [at for climb in self.case.climbs for at in climb.waits_for(progress)]
        return Decision(self.case, tuple(self.says), min(instants, default=None))

    def when(self, at: int) -> str:
        """An instant on the wall clock of the policy, for what is said to nobody in particular."""
        return when(at, self.zone)

    @property
    def zone(self) -> str:
        return self.book.pinned(self.case.policy).zone if self.case.policy else "UTC"

    @property
    def directory(self) -> Directory:
        return self.book.directory

    @property
    def escalation(self) -> Escalation:
        return self.book.pinned(self.case.policy).escalation if self.case.policy else Escalation()

    @property
    def customer(self) -> Customer | None:
        return self.directory.customers.get(self.case.text("customer"))

    @property
    def stated(self) -> Stated:
        """What rules may ask of the case: its own word first, then the agreement's, then the policy's."""
        agreed = self.customer.attributes if self.customer is not None else {}
        words = self.book.pinned(self.case.policy).vocabulary if self.case.policy else None
        usual = {"severity": words.default_severity, "status": words.initial_status} if words else {}
        return {**usual, **agreed, **self.case.stated()}

    @property
    def severity(self) -> str:
        return self._word("severity")

    @property
    def region(self) -> str | None:
        return self._word("region") or None

    def _word(self, attribute: str) -> str:
        stated = self.stated.get(attribute, "")
        return stated if isinstance(stated, str) else ""
