"""From cause to delivery: each check has been seen red."""

from dataclasses import replace

import pytest

from cli.audit.case import Case
from cli.audit.checks.people import causes_are_delivered, one_delivery_an_effect, pages_have_causes
from cli.audit.dossier import Dossier, Horizon, Moment, OnWire
from services.notifier.domain.ledger import Attempt, CaseDeliveries, Delivery, Page, Status
from services.notifier.domain.world import Address
from shared.contracts.escalation import PageRequested
from shared.contracts.topics import CLOCKS, DELIVERIES, ESCALATIONS
from shared.stream.fold import Row, Stored
from tests.audit.story import KEY, START, deciders, said

PAGE = PageRequested(
    page="p1", step="1", person="amy", role="on-call", why="it broke", urgency="normal", clock="resolution",
    cycle=1, at=START, customer="acme", severity="P1", title="It broke",
)  # fmt: skip
SENT = Delivery(
    effect="e", carries="p1", receiver="amy", zone="UTC", round=1, address=Address("email", "a"), rest=(),
    planned_at=START, next_at=None, status=Status.SENT,
    attempts=(Attempt(1, START, START + 5, "accepted", "ok"),),
)  # fmt: skip
BREACH = said(CLOCKS, 1, "clock.breached", clock="resolution", cycle=1)
REQUEST = OnWire(
    said(ESCALATIONS, 1, "page.requested", "clocks-1", page="p1", clock="resolution", cycle=1).record,
    (Moment("notifier", 1, 0, START, ""),),
)
ACCEPTED = said(DELIVERIES, 1, "delivery.accepted", effect="e", page="p1")


def case(*deliveries: Delivery, accepted: int = 1, **known: object) -> Case:
    """A page for a breach, and what the notifier has on record of it."""
    dossier = Dossier(KEY)
    dossier.wire[CLOCKS], dossier.wire[ESCALATIONS] = [BREACH], [REQUEST]
    dossier.wire[DELIVERIES] = [ACCEPTED] * min(accepted, 1)
    dossier.wire[DELIVERIES] += [
        said(DELIVERIES, number, "delivery.accepted", effect="e", page="p1")
        for number in range(2, accepted + 1)
    ]
    pages = known.get("pages", {"p1": Page(PAGE)})
    ledger = CaseDeliveries(KEY, pages=pages, deliveries={one.effect: one for one in deliveries})  # type: ignore[arg-type]
    found = deciders()
    thread, body = found.store("notifier").written(Row(KEY, ledger, 1))
    dossier.states["notifier"] = Stored(KEY, 1, None, thread, body)
    return Case(dossier, Horizon(4), found)


def test_an_honest_page_holds() -> None:
    for check in (pages_have_causes, causes_are_delivered, one_delivery_an_effect):
        verdict = check(case(SENT))
        assert verdict.violations == []
        assert verdict.checked > 0


def test_a_page_whose_cause_is_no_fact_of_the_case() -> None:
    made = case(SENT)
    made.dossier.wire[ESCALATIONS] = [
        said(ESCALATIONS, 1, "page.requested", "nobody", page="p1", clock="resolution", cycle=1)
    ]
    assert "is no fact of this case" in pages_have_causes(made).violations[0]


def test_a_page_of_a_clock_that_was_not_breached() -> None:
    made = case(SENT)
    made.dossier.wire[ESCALATIONS] = [
        said(ESCALATIONS, 1, "page.requested", "clocks-1", page="p1", clock="resolution", cycle=2)
    ]
    assert "neither warned nor breached" in pages_have_causes(made).violations[0]


def test_a_page_that_the_ledger_does_not_know() -> None:
    assert "is not on record" in causes_are_delivered(case(pages={})).violations[0]


def test_a_page_about_which_nothing_was_done() -> None:
    assert "nothing was done about p1" in causes_are_delivered(case()).violations[0]


@pytest.mark.parametrize(
    ("delivery", "accepted", "wrong"),
    [
        (replace(SENT, attempts=()), 1, "no attempt was accepted"),
        (SENT, 0, "no fact says so"),
        (replace(SENT, status=Status.FAILED, reason=""), 1, "without a reason"),
        (replace(SENT, status=Status.PLANNED), 1, "nothing will be tried any more"),
        (
            replace(SENT, status=Status.FAILED, reason="no", rest=(Address("console"),)),
            1,
            "the next channel, console, was not tried",
        ),
    ],
)
def test_a_delivery_that_is_not_settled(delivery: Delivery, accepted: int, wrong: str) -> None:
    assert any(wrong in one for one in causes_are_delivered(case(delivery, accepted=accepted)).violations)


def test_one_effect_tried_again_after_it_was_accepted() -> None:
    ended = SENT.attempts[0].ended or 0
    for began in (ended, ended + 9):  # in the very turn that hears of it, too
        again = (*SENT.attempts, Attempt(2, began, began + 1, "accepted", "ok"))
        assert one_delivery_an_effect(case(replace(SENT, attempts=again))).violations


def test_an_attempt_of_unknown_fate_that_was_repeated_is_told_apart() -> None:
    unknown = (
        Attempt(1, START, START + 5, "unknown", "?"),
        Attempt(2, START + 9, START + 10, "accepted", "ok"),
    )
    verdict = one_delivery_an_effect(case(replace(SENT, attempts=unknown)))
    assert verdict.violations == []
    assert verdict.notes["attempts of unknown fate that were repeated"] == 1


def test_one_effect_reported_as_accepted_twice() -> None:
    assert "was accepted 2 times" in one_delivery_an_effect(case(SENT, accepted=2)).violations[0]
