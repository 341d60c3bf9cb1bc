"""What the clock service passes over unread means nothing to it."""

from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from services.clock.domain.case import HEEDS, CaseClocks
from services.clock.domain.decide import decide
from shared.contracts.decision import Decision
from shared.contracts.envelope import Said
from shared.contracts.instant import parse
from tests.clock.test_laws import BOOK
from tests.support.every_fact import heard, lived, samples

DECIDE = partial(decide, BOOK)
START = parse("2026-03-02T09:00:00Z")
SAMPLES = samples(customer="acme", data_lost="1 h")
MEANINGLESS = [sample for sample in SAMPLES if sample.type not in HEEDS]
ORDERS = st.lists(st.sampled_from([sample for sample in SAMPLES if sample.type in HEEDS]), max_size=8)


@settings(deadline=None)
@given(ORDERS)
def test_what_is_not_heeded_changes_nothing(order: list[Said]) -> None:
    for state, wake_at, now in lived(DECIDE, order, START):
        for sample in MEANINGLESS:
            decision = heard(DECIDE, state, sample, now)
            assert decision == Decision(state or CaseClocks(), wake_at=wake_at), sample.type


def test_whatever_is_heeded_may_change_something() -> None:
    changing = {
        sample.type
        for sample in SAMPLES
        if heard(DECIDE, None, sample, START) != Decision(CaseClocks(), wake_at=None)
    }
    assert changing == HEEDS
