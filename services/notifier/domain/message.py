"""Facts to words: what a page and a status update say. Each channel only gives it its form."""

from dataclasses import dataclass

from services.notifier.domain.ledger import CaseDeliveries, Delivery, Page, Update
from services.notifier.domain.words import in_zone, lasting, one_line, paragraphs
from services.notifier.domain.world import Address
from shared.contracts.decision import Call
from shared.contracts.envelope import case_of
from shared.contracts.escalation import PageRequested
from shared.contracts.instant import SECOND, render

SILENT_ABOUT = 5 * SECOND
"""Less late than this is not worth a word."""

STATUS_WORDS = {"in_progress": "being worked on", "waiting_for_customer": "waiting for your answer"}


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said: `facts` are label and value, `data` the same for machines.

    `page` is set where an acknowledgement is asked for; the link is signed at the moment of sending.
    """

    type: str
    case: str
    subject: str
    text: str
    facts: tuple[tuple[str, str], ...]
    data: dict[str, str | int | None]
    page: str = ""
    round: int = 1


@dataclass(frozen=True, slots=True)
class Send(Call):
    """The one thing that the notifier does in the outside world."""

    receiver: str
    address: Address
    message: Message
    planned_at: int
    until: int
    """The end of the attempt's lease: what has not been begun by then must not be."""


def compose(state: CaseDeliveries, delivery: Delivery, now: int) -> Message:
    """The words of a delivery, as they are true now."""
    page = state.pages.get(delivery.carries)
    if page is not None:
        return page_message(state, page, delivery.zone, now)
    return update_message(state, state.updates[delivery.carries], delivery.zone)


def page_message(state: CaseDeliveries, page: Page, zone: str, now: int) -> Message:
    asked = page.asked
    case, title = one_line(case_of(state.key)), one_line(asked.title)
    facts = [
        ("Case", f"{case}: {title}" if title else case),
        ("Customer", one_line(asked.customer)),
        ("Severity", one_line(asked.severity)),
        ("Clock", asked.clock.replace("_", " ") + (f", cycle {asked.cycle}" if asked.cycle > 1 else "")),
    ]
    if asked.due is not None:
        facts.append(("Due", in_zone(asked.due, zone)))
    facts.append(("Since", in_zone(asked.at, zone)))
    if (late := now - asked.at) >= SILENT_ABOUT:
        facts.append(("Late", f"this was to be said {lasting(late)} earlier"))
    facts.append(("You are told as", one_line(asked.role)))
    if asked.acknowledge_by is not None:
        facts.append(("Acknowledge by", in_zone(asked.acknowledge_by, zone)))
    return Message(
        type=asked.type,
        case=case_of(state.key),
        subject=_subject(asked, case),
        text=one_line(asked.why),
        facts=tuple((label, value) for label, value in facts if value),
        data={
            **_data(state, asked.customer, asked.severity, asked.title),
            "page": asked.page,
            "step": asked.step,
            "person": asked.person,
            "role": asked.role,
            "urgency": asked.urgency,
            "why": asked.why,
            "clock": asked.clock,
            "cycle": asked.cycle,
            "due": None if asked.due is None else render(asked.due),
            "at": render(asked.at),
            "acknowledgeBy": None if asked.acknowledge_by is None else render(asked.acknowledge_by),
        },
        page=asked.page if asked.acknowledge_by is not None else "",
        round=page.round,
    )


def update_message(state: CaseDeliveries, update: Update, zone: str) -> Message:
    case, title = one_line(case_of(state.key)), one_line(state.value("title"))
    named = state.value("status") or "open"
    status = STATUS_WORDS.get(named, one_line(named).replace("_", " "))
    text = paragraphs(update.text) or f"Your case is {status}. We keep you informed until it is solved."
    facts = [("Case", f"{case}: {title}" if title else case), ("Status", status)]
    if update.next_by is not None:
        facts.append(("Next update by", in_zone(update.next_by, zone)))
    return Message(
        type="customer.update",
        case=case_of(state.key),
        subject=f"Update on your case {case}{f': {title}' if title else ''}",
        text=text,
        facts=tuple(facts),
        data={
            **_data(state, state.value("customer"), state.value("severity"), state.value("title")),
            "update": update.id,
            "status": named,
            "text": text,
            "at": render(update.at),
            "nextUpdateBy": None if update.next_by is None else render(update.next_by),
        },
    )


def _subject(asked: PageRequested, case: str) -> str:
    digest = "For your information: " if asked.urgency == "digest" else ""
    return f"{digest}[{one_line(asked.severity, 100)}] {case}: {one_line(asked.why, 300)}"


def _data(state: CaseDeliveries, customer: str, severity: str, title: str) -> dict[str, str | int | None]:
    return {"case": case_of(state.key), "customer": customer, "severity": severity, "title": title}
