"""Whether an event's words mean something under the customer's policy in force."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from services.intake.domain.event import Event
from services.intake.domain.refusal import Mistake, Refusal, choose, pointer
from shared.contracts.case import Attributes, CaseChanged, CaseOpened, CaseStatusChanged
from shared.contracts.case_said import CaseSaid
from shared.contracts.instant import Instant
from shared.contracts.occasions import PolicyMoved, SeverityProposed
from shared.policy.book import PolicyBook
from shared.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What intake remembers of a case that was opened, to understand what is said of it later."""

    customer: str
    customer_since: Instant
    opened_at: Instant


def meaning(event: Event, case: KnownCase | None, book: PolicyBook) -> Refusal | None:
    """Why the event means nothing, if so. Of a case that nobody opened yet, what can be known is checked."""
    mistakes = tuple(_mistakes(event, case, book))
    if not mistakes:
        return None
    detail = "What is said means nothing under the customer's policy in force. Nothing was stored."
    return Refusal(422, "meaningless", "Unknown names", detail, mistakes, event.id, event.source)


def opened_twice(event: Event) -> Refusal:
    detail = f"The case {event.subject!r} was opened before; say what changed with case.changed."
    mistake = Mistake("/type", "a case is opened once")
    return Refusal(422, "opened-twice", "Opened twice", detail, (mistake,), event.id, event.source)


def learn(event: Event, case: KnownCase | None) -> KnownCase | None:
    """What is known of the case after this event; by the events' own times, whatever order they came in."""
    customer = event.said.customer if isinstance(event.said, CaseOpened | CaseChanged) else None
    if event.type == "case.opened" and case is None and customer is not None:
        return KnownCase(customer, event.time, event.time)
    if case is not None and customer is not None and event.time >= case.customer_since:
        return KnownCase(customer, event.time, case.opened_at)
    return case


def _mistakes(event: Event, case: KnownCase | None, book: PolicyBook) -> Iterator[Mistake]:
    said, customers = event.said, book.directory.customers
    named = said.customer if isinstance(said, CaseOpened | CaseChanged) else None
    if named is not None and named not in customers:
        yield Mistake("/data/customer", f"there is no customer {named!r}. {choose(named, customers)}")
    if isinstance(said, PolicyMoved) and said.policy not in (
        known := [each.version for each in book.versions()]
    ):
        yield Mistake("/data/policy", f"there is no version {said.policy!r}. {choose(said.policy, known)}")
    customer = named or (case.customer if case else "")
    if customer not in customers:
        return
    policy = book.for_customer(customer, case.opened_at if case else event.time)
    for member in _members_with_meaning(said, policy):
        given = getattr(said, member, None)
        allowed: Collection[str] = policy.vocabulary.values(member)
        if given is not None and allowed and given not in allowed:
            wrong = f"{given!r} is no {member} of the policy {policy.version}"
            yield Mistake(pointer(["data", member]), f"{wrong}. {choose(str(given), allowed)}")


def _members_with_meaning(said: CaseSaid, policy: Policy) -> Iterable[str]:
    match said:
        case Attributes():
            return ("severity", "kind", *policy.vocabulary.attributes)
        case CaseStatusChanged():
            return ("status",)
        case SeverityProposed():
            return ("severity",)
        case _:
            return ()
