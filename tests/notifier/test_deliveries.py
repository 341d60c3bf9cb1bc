"""Timelines of deliveries: what is done and said in each instant, and nothing beside it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.outcome import Accepted, Refused, TryAgain, Unknown
from services.notifier.domain.world import Address, Receiver
from shared.contracts.case import CaseOpened, CaseStatusChanged, SupportUpdated
from shared.contracts.clock import ClockPaused, ClockStarted, UpdateRequested
from shared.contracts.escalation import PageUnanswered, PageWithdrawn
from shared.contracts.instant import SECOND
from shared.contracts.notifier import PageAcknowledged
from tests.notifier.desk import PATIENCE, START, Desk, busy, lost, no, ok, page, with_people


def test_a_page_is_called_at_once_and_its_acceptance_said() -> None:
    desk = Desk()
    assert desk.hears(0, page()) == ["email:anna@x.example attempt 1"]
    assert desk.ends(0.1, ok) == ["delivery.accepted email"]
    assert desk.waits(100_000) == []


def test_the_attempt_is_on_record_before_the_call() -> None:
    desk = Desk()
    desk.hears(0, page())
    assert desk.statuses() == ["email:anna@x.example: sending"]
    assert desk.wake_at == START + PATIENCE.lease


def test_a_temporary_no_is_followed_by_another_attempt_under_the_same_key() -> None:
    desk = Desk()
    desk.hears(0, page())
    assert desk.ends(0.1, busy) == []
    assert desk.waits(10) == ["1 s: email:anna@x.example attempt 2"]
    assert desk.ends(2, ok) == ["delivery.accepted email"]
    assert len({call.effect for call in desk.sent}) == 1


def test_after_some_attempts_the_next_channel_is_tried() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, busy)
    desk.waits(10)
    assert desk.ends(10, busy) == ["delivery.failed email -> console", "console attempt 1"]
    assert desk.ends(10.1, ok) == ["delivery.accepted console"]
    assert desk.statuses() == ["email:anna@x.example: failed", "console: sent"]


def test_a_permanent_no_goes_to_the_next_channel_at_once() -> None:
    desk = Desk()
    desk.hears(0, page())
    assert desk.ends(0.1, no) == ["delivery.failed email -> console", "console attempt 1"]


def test_when_all_channels_failed_it_is_said_that_nobody_was_reached() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, no)
    assert desk.ends(0.2, no) == ["delivery.failed console -> nobody"]
    assert desk.waits(100_000) == []


def test_the_last_channel_is_tried_for_longer() -> None:
    desk = Desk()
    desk.hears(0, page(person="ben"))
    at = 0.1
    for attempt in range(2, 6):
        assert desk.ends(at, busy) == []
        at, done = desk.next()
        assert done == [f"webhook:ben attempt {attempt}"]
    assert desk.ends(at, busy) == ["delivery.failed webhook -> nobody"]


def test_retry_after_is_never_cut_short() -> None:
    desk = Desk()
    desk.hears(0, page(person="ben"))
    desk.ends(0, TryAgain("429", after=300 * SECOND))
    at, done = desk.next()
    assert done == ["webhook:ben attempt 2"]
    assert 300 <= at <= 360


def test_asked_to_wait_too_long_the_next_channel_is_taken() -> None:
    desk = Desk()
    desk.hears(0, page())
    assert desk.ends(0, TryAgain("429", after=3600 * SECOND)) == [
        "delivery.failed email -> console",
        "console attempt 1",
    ]


def test_an_attempt_that_nothing_is_heard_of_is_uncertain_and_made_again_under_the_same_key() -> None:
    desk = Desk()
    desk.hears(0, page(person="ben"))
    assert desk.waits(30) == []
    assert desk.statuses() == ["webhook:ben: uncertain"]
    assert [line.split(": ", 1)[1] for line in desk.waits(40)] == ["webhook:ben attempt 2"]
    assert desk.ends(41, ok) == ["delivery.accepted webhook"]
    assert len({call.effect for call in desk.sent}) == 1


def test_an_answer_that_comes_after_its_lease_still_counts_and_ends_the_repeating() -> None:
    desk = Desk()
    desk.hears(0, page(person="ben"))
    desk.waits(30)
    assert desk.ends(30.5, ok) == ["delivery.accepted webhook"]
    assert desk.waits(100_000) == []


def test_both_of_two_attempts_accepted_is_said_once() -> None:
    desk = Desk()
    desk.hears(0, page(person="ben"))
    desk.waits(40)
    assert desk.ends(41, ok, attempt=1) == ["delivery.accepted webhook"]
    assert desk.ends(42, ok, attempt=2) == []
    assert desk.ends(43, no, attempt=2) == []
    assert desk.state is not None
    [one] = desk.state.deliveries.values()
    assert [attempt.fate for attempt in one.attempts] == ["accepted", "accepted"]


def test_withdrawn_before_it_went_out_it_is_suppressed_with_the_reason() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, busy)
    assert desk.hears(0.5, PageWithdrawn(page="p1", why="resolved")) == ["delivery.suppressed email"]
    assert desk.waits(100_000) == []
    assert desk.state is not None
    [one] = desk.state.deliveries.values()
    assert one.reason == "withdrawn: resolved"


def test_withdrawn_on_its_way_it_is_not_repeated_but_an_acceptance_stands() -> None:
    for outcome, said in ((ok, "delivery.accepted email"), (lost, "delivery.suppressed email")):
        desk = Desk()
        desk.hears(0, page())
        assert desk.hears(0.1, PageWithdrawn(page="p1", why="resolved")) == []
        assert desk.ends(0.2, outcome) == [said]
        assert desk.waits(100_000) == []


def test_withdrawn_after_it_was_sent_nothing_happens() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, ok)
    assert desk.hears(1, PageWithdrawn(page="p1", why="resolved")) == []


def test_acknowledged_by_whoever_heard_of_it_otherwise_the_attempts_end() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, lost)
    said = PageAcknowledged(page="p1", by="anna", at=START + SECOND)
    assert desk.hears(0.5, said) == ["delivery.suppressed email"]
    assert desk.waits(100_000) == []


def test_unanswered_its_attempts_go_on() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, busy)
    assert desk.hears(0.2, PageUnanswered(page="p1", step="s", person="anna", at=START)) == []
    assert len(desk.waits(10)) == 1


def test_asked_for_twice_a_page_is_said_once() -> None:
    desk = Desk()
    desk.hears(0, page())
    assert desk.hears(1, page()) == []
    desk.ends(2, ok)
    assert desk.hears(3, page()) == []


def test_withdrawn_and_asked_for_anew_it_is_another_effect() -> None:
    desk = Desk()
    desk.hears(0, page())
    desk.ends(0.1, ok)
    desk.hears(1, PageWithdrawn(page="p1", why="the breach never was"))
    assert desk.hears(2, page()) == ["email:anna@x.example attempt 1"]
    assert len({call.effect for call in desk.sent}) == 2
    assert desk.message.round == 2


def test_somebody_without_a_channel_is_a_failed_delivery_that_says_why() -> None:
    for person, why in (("mute", "names no channel"), ("zoe", "not in the directory")):
        desk = Desk()
        assert desk.hears(0, page(person=person)) == ["delivery.failed none -> nobody"]
        assert desk.state is not None
        [one] = desk.state.deliveries.values()
        assert why in one.reason
        assert desk.wake_at is None


def test_the_same_person_on_two_channels_of_a_kind_has_two_keys() -> None:
    twice = Receiver("dora", "UTC", (Address("email", "a@x.example"), Address("email", "b@x.example")))
    desk = Desk(world=with_people(dora=twice))
    desk.hears(0, page(person="dora"))
    desk.ends(0.1, no)
    assert len({call.effect for call in desk.sent}) == 2


def requested(update: str = "u1") -> UpdateRequested:
    return UpdateRequested(
        clock="ongoing_update",
        cycle=1,
        at=START,
        policy="p@2026-01-01",
        update=update,
        next_due=START + 4 * 3600 * SECOND,
    )


def started(at: float, due: float) -> ClockStarted:
    return ClockStarted(
        clock="ongoing_update",
        cycle=2,
        at=START + int(at * SECOND),
        policy="p@2026-01-01",
        due=START + int(due * SECOND),
        target="every 4 h",
    )


def test_an_update_goes_to_the_customers_contact_and_counts_once_it_was_taken() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="acme", title="Nothing works"))
    desk.hears(1, CaseStatusChanged(status="in_progress"))
    assert desk.hears(2, requested()) == ["email:carla@acme.example attempt 1"]
    assert desk.ends(3, ok) == ["delivery.accepted email", "update.sent"]
    assert ("Next update by", "Mon 2 Mar 2026 07:00 CST (13:00 UTC)") in desk.message.facts
    assert "being worked on" in desk.message.text


def test_an_update_asked_for_before_the_case_is_known_waits_for_its_opening() -> None:
    desk = Desk()
    assert desk.hears(0, requested()) == []
    assert desk.waits(1000) == []
    assert desk.hears(1001, CaseOpened(customer="acme")) == ["email:carla@acme.example attempt 1"]


def test_an_update_that_nobody_can_be_sent_says_so_and_does_not_count() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="unknown"))
    assert desk.hears(1, requested()) == ["delivery.failed none -> nobody"]


def test_supports_words_are_passed_on_with_the_promise_that_the_clock_makes_just_after() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="acme"))
    assert desk.hears(10, SupportUpdated(text="We found it.\nA fix is being built.")) == []
    assert desk.hears(10.2, started(at=10, due=3600)) == ["email:carla@acme.example attempt 1"]
    assert desk.message.text == "We found it.\nA fix is being built."
    assert ("Next update by", "Mon 2 Mar 2026 04:00 CST (10:00 UTC)") in desk.message.facts
    assert desk.ends(11, ok) == ["delivery.accepted email"]  # support said it: no update.sent


def test_the_promise_may_come_before_the_words() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="acme"))
    desk.hears(10.1, started(at=10, due=3600))
    assert desk.hears(10.2, SupportUpdated(text="We found it."), time=10) == [
        "email:carla@acme.example attempt 1"
    ]
    assert any(label == "Next update by" for label, _ in desk.message.facts)


def test_without_a_promise_the_words_go_out_all_the_same() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="acme"))
    desk.hears(5, started(at=5, due=3600))
    desk.hears(6, ClockPaused(clock="ongoing_update", cycle=2, at=START, policy="p", cause="c", remaining=1))
    desk.hears(10, SupportUpdated(text="We found it."))
    assert desk.waits(20) == ["12 s: email:carla@acme.example attempt 1"]
    assert not any(label == "Next update by" for label, _ in desk.message.facts)


def test_support_saying_nothing_in_words_is_not_passed_on() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="acme"))
    assert desk.hears(10, SupportUpdated()) == []
    assert desk.wake_at is None


def test_old_words_from_an_import_are_not_mailed_to_the_customer() -> None:
    desk = Desk()
    desk.hears(0, CaseOpened(customer="acme"))
    assert desk.hears(200_000, SupportUpdated(text="Hello"), time=10) == ["delivery.suppressed email"]


OUTCOMES = st.sampled_from(
    [Accepted("ok"), TryAgain("later"), TryAgain("later", 5 * SECOND), Refused("no"), Unknown("?")]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("page"), st.sampled_from(["anna", "ben", "mute", "zoe"])),
        st.tuples(st.just("withdraw"), st.sampled_from(["anna", "ben"])),
        st.tuples(st.just("acknowledge"), st.sampled_from(["anna", "ben"])),
        st.tuples(st.just("end"), OUTCOMES),
        st.tuples(st.just("wait"), st.integers(1, 300)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_whatever_happens_every_page_ends_and_no_key_is_called_again_after_an_answer(
    steps: list[tuple[str, object]],
) -> None:
    desk, at = Desk(), 0.0
    for what, detail in steps:
        if what == "page":
            desk.hears(at, page(f"p-{detail}", str(detail)))
        elif what == "withdraw":
            desk.hears(at, PageWithdrawn(page=f"p-{detail}", why="resolved"))
        elif what == "acknowledge":
            desk.hears(at, PageAcknowledged(page=f"p-{detail}", by="x", at=START))
        elif what == "end" and desk.sent:
            desk.ends(at, detail)  # type: ignore[arg-type] # hypothesis draws it
        elif isinstance(detail, int):
            at += detail
            desk.waits(at)
        assert desk.wake_at is None or desk.wake_at > START + int(at * SECOND) - SECOND
    desk.waits(at + 10_000_000)
    assert desk.wake_at is None
    if desk.state is None:
        return
    assert all("sending" not in line and "planned" not in line for line in desk.statuses())
    for one in desk.state.deliveries.values():
        assert len(one.attempts) <= len(PATIENCE.waits) + 1
        for earlier, later in zip(one.attempts, one.attempts[1:], strict=False):
            assert earlier.fate is not None
            # A second call under a key only where the first was not taken, or its fate was unknown then.
            was_over = earlier.ended is not None and earlier.ended <= later.began
            assert not (earlier.fate == "accepted" and was_over)
    accepted = [line for line in desk.lines if line.startswith("delivery.accepted")]
    assert len(accepted) == sum(one.status == "sent" for one in desk.state.deliveries.values())
