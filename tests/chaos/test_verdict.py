"""The verdict is proven itself: a small truth has no violation, and each lie told about it is seen."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest

from cli.events import Event
from services.notifier.domain.ledger import Attempt, Delivery, Status
from services.notifier.domain.world import Address
from shared.contracts.case import CaseOpened
from shared.contracts.clock import ClockBreached
from shared.contracts.envelope import Fact, Said
from shared.contracts.escalation import PageRequested
from shared.contracts.instant import SECOND, render
from shared.contracts.notifier import DeliveryAccepted, PageAcknowledged
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, DELIVERIES, ESCALATIONS
from tests.chaos.load import Told
from tests.chaos.outside import Arrival
from tests.chaos.truth import HEARERS, Truth
from tests.chaos.verdict import to_be_heard, violations

KEY, PAGE, EFFECT = "chaos/C-1", "first_response-1-2-bo", "e" * 32
DUE = 1_000 * SECOND


def fact(topic: str, data: Said, id: str) -> Fact:
    return Fact(KEY, DUE, data, "chaos", id, topic, 1)


def truth() -> Truth:
    """One case: opened, breached, bo paged by PagerDuty, acknowledged."""
    said = {
        CASES: fact(CASES, CaseOpened(customer="acme"), "C-1-1"),
        CLOCKS: fact(
            CLOCKS, ClockBreached(clock="first_response", cycle=1, at=DUE + 1, policy="chaos", due=DUE), "k"
        ),
        ESCALATIONS: fact(
            ESCALATIONS,
            PageRequested(
                clock="first_response",
                cycle=1,
                page=PAGE,
                step="2: breach",
                person="bo",
                role="on-call",
                why="breached",
                urgency="critical",
                at=DUE,
                customer="Acme",
                severity="P1",
                title="",
            ),
            "e",
        ),
        DELIVERIES: fact(
            DELIVERIES,
            DeliveryAccepted(effect=EFFECT, page=PAGE, receiver="bo", channel="pagerduty", attempt=1, at=DUE),
            "d",
        ),
        ACKNOWLEDGEMENTS: fact(ACKNOWLEDGEMENTS, PageAcknowledged(page=PAGE, by="bo", at=DUE), "a"),
    }
    event = Event("C-1-1", "chaos", "case.opened", "C-1", DUE - SECOND, {})
    data = {"case": "C-1", "page": PAGE, "person": "bo", "step": "2: breach", "due": render(DUE)}
    body = urlsafe_b64encode(json.dumps([KEY, PAGE, 1, "bo", DUE]).encode()).rstrip(b"=").decode()
    link = f"http://127.0.0.1:1/ack/{body}.signature"
    delivery = Delivery(
        EFFECT, PAGE, "bo", "UTC", 1, Address("pagerduty", "chaos"), (), DUE, None, Status.SENT,
        (Attempt(1, DUE, DUE, "accepted", "202"),),
    )  # fmt: skip
    return Truth(
        told=[Told(event, ["503", "202"])],
        arrivals=[Arrival("pager", EFFECT, DUE + SECOND, taken=True, data=data, link=link)],
        acknowledged=[link],
        poisoned=0,
        journal=[("C-1-1", KEY)],
        facts={(topic, KEY): [one] for topic, one in said.items()},
        said={(topic, KEY): 1 for topic in said},
        heard={
            (service, topic, KEY): to_be_heard(service, topic, [one])
            for topic, one in said.items()
            for service in HEARERS[topic]
        },
        ledger={EFFECT: (KEY, delivery)},
    )


def test_a_truth_has_no_violation() -> None:
    assert list(violations(truth())) == []


def never_taken(it: Truth) -> None:
    it.told[0].answers[:] = ["503"]


def lost_from_the_journal(it: Truth) -> None:
    it.journal.clear()


def nobody_told(it: Truth) -> None:
    it.journal.append(("C-1-2", KEY))


def twice_in_the_journal(it: Truth) -> None:
    it.journal *= 2


def no_fact(it: Truth) -> None:
    it.facts[CASES, KEY][0] = it.facts[CASES, KEY][0]._replace(id="another")


def a_gap(it: Truth) -> None:
    it.facts[CLOCKS, KEY][0] = it.facts[CLOCKS, KEY][0]._replace(sequence=2)


def said_and_not_published(it: Truth) -> None:
    it.said[CLOCKS, KEY] = 2


def published_and_not_said(it: Truth) -> None:
    del it.said[CLOCKS, KEY]


def one_number_twice(it: Truth) -> None:
    it.conflicts.append("two facts have one number")


def not_heard(it: Truth) -> None:
    del it.heard["escalation", CLOCKS, KEY]


def unreadable(it: Truth) -> None:
    it.unreadable = 1


def no_page(it: Truth) -> None:
    del it.facts[ESCALATIONS, KEY]
    del it.said[ESCALATIONS, KEY]


def no_delivery(it: Truth) -> None:
    other = replace(it.ledger[EFFECT][1], carries="another")
    it.ledger[EFFECT] = KEY, other


def on_no_record(it: Truth) -> None:
    it.arrivals.append(replace(it.arrivals[0], receiver="hook", key="f" * 32))


def never_arrived(it: Truth) -> None:
    it.arrivals.clear()


def sends_for_ever(it: Truth) -> None:
    it.ledger[EFFECT] = KEY, replace(it.ledger[EFFECT][1], status=Status.SENDING)


def failed_for_no_reason(it: Truth) -> None:
    it.ledger[EFFECT] = KEY, replace(it.ledger[EFFECT][1], status=Status.FAILED)


def came_without_an_attempt(it: Truth) -> None:
    it.arrivals.append(replace(it.arrivals[0], taken=False))


def tried_again(it: Truth) -> None:
    key, one = it.ledger[EFFECT]
    again = Attempt(2, DUE, DUE + 1, "accepted", "202")
    it.ledger[EFFECT] = key, replace(one, attempts=(*one.attempts, again))


def taken_twice(it: Truth) -> None:
    it.arrivals.append(it.arrivals[0])
    once = it.ledger[EFFECT][1]
    it.ledger[EFFECT] = (
        KEY,
        replace(once, attempts=(replace(once.attempts[0], fate="try again"), *once.attempts)),
    )


def two_incidents(it: Truth) -> None:
    it.arrivals.append(replace(it.arrivals[0], key="f" * 32))
    it.ledger["f" * 32] = it.ledger[EFFECT]


def acknowledged_in_vain(it: Truth) -> None:
    del it.facts[ACKNOWLEDGEMENTS, KEY]
    del it.said[ACKNOWLEDGEMENTS, KEY]


def early(it: Truth) -> None:
    it.arrivals[0] = replace(it.arrivals[0], at=DUE - SECOND)


@pytest.mark.parametrize(
    "lie",
    [
        never_taken,
        lost_from_the_journal,
        nobody_told,
        twice_in_the_journal,
        no_fact,
        a_gap,
        said_and_not_published,
        published_and_not_said,
        one_number_twice,
        not_heard,
        unreadable,
        no_page,
        no_delivery,
        on_no_record,
        never_arrived,
        sends_for_ever,
        failed_for_no_reason,
        came_without_an_attempt,
        taken_twice,
        tried_again,
        two_incidents,
        acknowledged_in_vain,
        early,
    ],
)
def test_a_lie_is_seen(lie: Callable[[Truth], None]) -> None:
    it = truth()
    lie(it)
    assert list(violations(it)) != []
