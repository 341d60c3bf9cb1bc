"""What the notifier passes over unread means nothing to it."""

from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.case import decide
from services.notifier.domain.hearing import HEEDS
from services.notifier.domain.ledger import CaseDeliveries
from services.notifier.domain.outcome import CallEnded
from shared.contracts.decision import Decision
from shared.contracts.envelope import Said
from tests.notifier.desk import KEY, START, WORLD
from tests.support.every_fact import heard, lived, samples

DECIDE = partial(decide, WORLD)
SAMPLES = samples(customer="acme", person="anna", clock="ongoing_update", data_lost="1 h")
MEANINGLESS = [sample for sample in SAMPLES if sample.type not in HEEDS]
ORDERS = st.lists(st.sampled_from([sample for sample in SAMPLES if sample.type in HEEDS]), max_size=8)


@settings(deadline=None)
@given(ORDERS)
def test_what_is_not_heeded_changes_nothing(order: list[Said]) -> None:
    for state, wake_at, now in lived(DECIDE, order, START):
        for sample in MEANINGLESS:
            decision = heard(DECIDE, state, sample, now)
            assert decision == Decision(state or CaseDeliveries(KEY), wake_at=wake_at), sample.type
            assert state is None or decision.state is state, sample.type


def test_whatever_is_heeded_may_change_something() -> None:
    changing = {
        after.type
        for sample in SAMPLES
        for state, wake_at, now in lived(DECIDE, [sample], START)
        for after in SAMPLES
        if heard(DECIDE, state, after, now) != Decision(state or CaseDeliveries(KEY), wake_at=wake_at)
    }
    assert changing | {CallEnded.type} == HEEDS  # what a call came to is heard of deliveries that were begun


def test_a_clock_without_updates_leaves_the_ledger_as_it_is() -> None:
    [opened, started, *_] = (
        next(sample for sample in samples(data_lost="1 h") if sample.type == kind)
        for kind in ("case.opened", "clock.started")
    )
    [_, (state, _, now)] = lived(DECIDE, [opened], START)
    assert heard(DECIDE, state, started, now).state is state
