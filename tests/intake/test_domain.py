"""Admission, limits and refusals as pure functions."""

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.admission import Posted, Taken, judge
from services.intake.domain.event import Event, check
from services.intake.domain.json_text import Item, read
from services.intake.domain.limits import Bucket
from services.intake.domain.meaning import KnownCase
from services.intake.domain.refusal import Refusal, choose
from services.intake.domain.refusals import Refusals, note
from shared.contracts.clock import FactRefused, FactReinstated
from shared.contracts.decision import Wake
from shared.contracts.envelope import Fact
from tests.support.intake import book, opened, said

NOW = 1_800_000_000_000_000
BOOK = book()


def posted(event: dict[str, object], tenant: str = "demo") -> Posted:
    item = read(json.dumps(event).encode(), 1)
    assert isinstance(item, Item)
    checked = check(item, NOW, 0)
    assert isinstance(checked, Event), checked
    return Posted(tenant, checked)


STORIES = [posted(opened(str(n % 3), f"C-{n % 2}", extra=n % 2)) for n in range(6)]
STORIES += [posted(said("customer.replied", str(n), f"C-{n % 3}")) for n in range(4)]
STORIES += [posted(said("case.status_changed", "s", status=name)) for name in ("open", "gone")]
STORIES += [posted(said("case.changed", "k", customer="acme"))]


def outcome(story: Sequence[Posted], *, batch: int) -> list[int]:
    """Status codes when the same story comes in batches of this size."""
    stored: dict[tuple[str, str, str], str] = {}
    cases: dict[str, KnownCase] = {}
    codes: list[int] = []
    for start in range(0, len(story), batch):
        part = story[start : start + batch]
        judged = judge(part, stored, cases, BOOK)
        for place in judged.new:
            stored[part[place].identity] = part[place].event.text
        cases |= {key: case for key, case in judged.cases.items() if case}
        codes += [
            one.status if isinstance(one, Refusal) else 202 - 2 * one.repeated for one in judged.verdicts
        ]
    return codes


@given(st.lists(st.sampled_from(STORIES), max_size=12), st.integers(2, 12))
def test_it_does_not_matter_how_events_are_grouped(story: list[Posted], batch: int) -> None:
    assert outcome(story, batch=batch) == outcome(story, batch=1)


@given(st.lists(st.sampled_from(STORIES), max_size=12))
def test_an_identity_is_accepted_at_most_once(story: list[Posted]) -> None:
    accepted = [one.identity for one, code in zip(story, outcome(story, batch=5), strict=True) if code == 202]
    assert len(accepted) == len(set(accepted))


def test_the_same_event_of_another_tenant_is_another() -> None:
    mine, theirs = posted(opened()), posted(opened(), "other")
    verdicts = judge([mine, theirs], {}, {}, BOOK).verdicts
    assert [isinstance(verdict, Taken) and verdict.repeated for verdict in verdicts] == [False, False]


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(1, 30)), max_size=40))
def test_nobody_gets_more_than_burst_and_rate(requests: list[tuple[int, int]]) -> None:
    rate, burst = 10, 20
    bucket, now, taken = Bucket(rate, burst, burst, NOW), NOW, 0
    for passed, events in requests:
        now += passed
        if bucket.seconds_to_wait(now) == 0:
            assert taken < burst + rate * (now - NOW) / 1_000_000
            bucket.take(events)
            taken += events


@given(st.integers(0, 500))
def test_who_waits_as_told_is_let_in(debt: int) -> None:
    bucket = Bucket(10, 20, 20, NOW)
    bucket.take(20 + debt)
    wait = bucket.seconds_to_wait(NOW)
    assert wait >= 1
    assert bucket.seconds_to_wait(NOW + wait * 1_000_000) == 0


def test_refusals_come_and_go() -> None:
    def heard(data: FactRefused | FactReinstated) -> Fact:
        return Fact("demo/C-1", 0, data, "tocsin/clock", "x")

    def refused(id: str, reason: str) -> FactRefused:
        return FactRefused(fact=id, fact_source="demo", fact_type="case.closed", reason=reason)

    state: Refusals | None = None
    for data in (refused("1", "early"), refused("2", "twice"), refused("1", "still early")):
        state = note(state, heard(data), NOW).state
    assert state is not None
    assert (state.reason("demo", "1"), state.reason("demo", "2")) == ("still early", "twice")
    state = note(
        state, heard(FactReinstated(fact="1", fact_source="demo", fact_type="case.closed")), NOW
    ).state
    assert (state.reason("demo", "1"), state.reason("demo", "2")) == (None, "twice")
    assert note(state, Wake(), NOW).state == state


def test_a_choice_names_what_was_meant_and_does_not_run_on() -> None:
    assert choose("p1", ["P1", "P2"]) == "Allowed: P1, P2. Did you mean 'P1'?"
    assert choose("zz", ["P1", "P2"]) == "Allowed: P1, P2."
    assert choose("n30", [f"n{n}" for n in range(50)]).endswith("and 30 more. Did you mean 'n30'?")
    assert choose("x", []) == "None is allowed."


def reasons(event: dict[str, object]) -> list[str]:
    known = KnownCase("demo", 0, 0)
    [verdict] = judge([posted(event)], {}, {"demo/C-1": known}, BOOK).verdicts
    return (
        [] if isinstance(verdict, Taken) else [f"{each.pointer} {each.detail}" for each in verdict.mistakes]
    )


def test_a_proposed_severity_and_another_version_must_be_there() -> None:
    assert reasons(said("severity.proposed", "a", severity="P1", by="customer")) == []
    assert reasons(said("policy.moved", "b", policy="demo@2016-01-01")) == []
    [wrong] = reasons(said("severity.proposed", "c", severity="P9", by="customer"))
    assert wrong.startswith("/data/severity 'P9' is no severity")
    [wrong] = reasons(said("policy.moved", "d", policy="demo@2017-01-01"))
    assert wrong.startswith("/data/policy there is no version 'demo@2017-01-01'")


def test_what_new_facts_say_is_checked() -> None:
    def flaws(kind: str, **data: object) -> list[str]:
        item = read(json.dumps(opened(type=kind, data=data)).encode(), 1)
        assert isinstance(item, Item)
        checked = check(item, NOW, 0)
        return [each.pointer for each in checked.mistakes] if isinstance(checked, Refusal) else []

    assert flaws("exception.requested", reason="r", plan="p", expires="2026-03-02T09:00:00+01:00") == []
    assert flaws("exception.requested", reason="", expires="tomorrow") == [
        "/data/reason",
        "/data/plan",
        "/data/expires",
    ]
    assert flaws("service.restored", recovery_point="2026-03-01T08:00:00Z", data_lost="3 h") == []
    assert flaws("service.restored", data_lost="much") == ["/data/data_lost"]
    assert flaws("severity.confirmed", by="nobody") == ["/data/by"]
    assert flaws("case.absorbed", case="C-1", opened="2026-03-01T08:00:00Z") == ["/data/case"]
    waited = [{"since": "2026-03-01T08:00:00Z", "until": "2026-03-01T09:00:00Z"}]
    assert flaws("case.absorbed", case="C-2", opened="2026-03-01T08:00:00Z", waited=waited) == []
    assert flaws("case.absorbed", case="C-2", opened="2026-03-01T08:00:00Z", waited=[{"since": "x"}]) == [
        "/data/waited/0/since",
        "/data/waited/0/until",
    ]
