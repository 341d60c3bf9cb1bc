"""What escalation passes over unread means nothing to it."""

from dataclasses import replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.domain.case import CaseEscalation
from services.escalation.domain.decide import HEEDS, decide
from shared.contracts.decision import Decision
from shared.contracts.envelope import Said
from shared.policy.book import PolicyBook
from tests.escalation.timeline import VERSION, book, instant
from tests.support.every_fact import heard, lived, samples

OLDER = book()
[POLICY] = OLDER.versions()
NEWER = replace(POLICY, effective=POLICY.effective.replace(month=2))
DECIDE = partial(decide, PolicyBook.of([POLICY, NEWER], OLDER.directory))
START = instant("Mon 09:00")
SAMPLES = samples(
    customer="acme",
    severity="P1",
    clock="first_response",
    warning="75 %",
    page="first_response-1-2-otto",
    policy=VERSION,
    data_lost="1 h",
)
MEANINGLESS = [sample for sample in SAMPLES if sample.type not in HEEDS]
ORDERS = st.lists(st.sampled_from([sample for sample in SAMPLES if sample.type in HEEDS]), max_size=8)


@settings(deadline=None)
@given(ORDERS)
def test_what_is_not_heeded_changes_nothing(order: list[Said]) -> None:
    for state, wake_at, now in lived(DECIDE, order, START):
        for sample in MEANINGLESS:
            decision = heard(DECIDE, state, sample, now)
            assert decision == Decision(state or CaseEscalation(), wake_at=wake_at), sample.type
            assert state is None or decision.state is state, sample.type


def test_whatever_is_heeded_may_change_something() -> None:
    first = {sample.type: sample for sample in reversed(SAMPLES)}
    changing = {
        after.type
        for state, wake_at, now in lived(DECIDE, [first["case.opened"], first["clock.breached"]], START)
        for after in SAMPLES
        if heard(DECIDE, state, after, now) != Decision(state or CaseEscalation(), wake_at=wake_at)
    }
    assert changing == HEEDS
