"""What holds for every story: the order of arrival does not matter, nothing is said twice or early."""

import random
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.clock.domain.case import CaseClocks
from services.clock.domain.case import noted as noted_of
from services.clock.domain.cycle import ENDED, TRANSITIONS
from services.clock.domain.decide import decide
from shared.contracts import clock as say
from shared.contracts.decision import Saying, Wake
from shared.contracts.envelope import Fact
from shared.contracts.instant import HOUR, MINUTE, parse, render
from shared.contracts.notifier import UpdateSent
from shared.contracts.topics import DELIVERIES, FACTS
from shared.policy.book import PolicyBook
from tests.clock.story import book_of
from tests.clock.test_story_of_a_clock import HEAD

POLICY = (
    HEAD
    + """
  response: {starts: case.opened, stops: [support.replied, case.resolved], within: 2 h, warn: 50 %}
  ongoing: {starts: customer.replied, stops: support.replied, repeats: true, after: response, within: 3 h}
  update: {every: 4 h, counts: support.updated, while: {status: working}, warn: 30 min before}
  resolution:
    starts: case.opened
    stops: case.resolved
    targets: {P1: 4 h, P2: 6 h, P3: 2 business days}
    pauses: {status: waiting}
    warn: [50 %, 75 %, 1 h after]
    reopen: {resume_within: 8 h, else: new cycle}
    exceptions: true
    split: inherited
  work: {stage: {status: working}, targets: {P1: 1 to 2 h, P2: 2 to 6 h, P3: no promise}, exceptions: true}
  agreement: {starts: severity.proposed, stops: severity.confirmed, repeats: true, within: 1 business day}
  platform:
    starts: upstream.disrupted
    stops: [upstream.restored, case.resolved]
    repeats: true
    within: 6 h
    calendar: always
    pauses: {exception: approved}
  recovery:
    starts: disaster.declared
    stops: service.restored
    repeats: true
    within: 12 h
    calendar: always
    objectives: {recovery_point: 4 h, data_lost: 24 h}
  effort:
    starts: case.opened
    stops: case.resolved
    targets: [{when: {upstream: disrupted}, within: 1 calendar day}, {within: measured}]
"""
)
LATER = POLICY.replace("2020-01-01", "2030-01-01").replace("within: 2 h", "within: 1 h")
LATER = (
    LATER.replace("ongoing:", "answer:").replace("09:00-17:00", "08:00-16:00").replace("P2: 6 h", "P2: 20 h")
)
"""The next version, to which an owner may move a case: other targets, hours and names."""
BOOK = book_of(POLICY, LATER)
COUNTS = "automatic: 60 %, counts: [support.updated, update.sent]"
SENDING = book_of(*(each.replace("counts: support.updated", COUNTS) for each in (POLICY, LATER)))
OPENED = parse("2026-11-16T10:00:00Z")
END = OPENED + 96 * HOUR
ADAPTER = TypeAdapter(CaseClocks)

What = tuple[str, dict[str, str]]
WHAT: st.SearchStrategy[What] = st.one_of(
    st.sampled_from(
        [(name, {}) for name in ("customer.replied", "support.replied", "support.updated", "case.resolved")]
        + [(name, {}) for name in ("case.reopened", "case.closed", "case.opened")]
    ),
    st.sampled_from(["open", "waiting", "working"]).map(
        lambda each: ("case.status_changed", {"status": each})
    ),
    st.sampled_from(["P1", "P2", "P3"]).map(lambda each: ("case.changed", {"severity": each})),
)
RARE: st.SearchStrategy[What] = st.one_of(
    st.tuples(st.sampled_from(["case.absorbed", "case.split"]), st.integers(-80, 20)).map(
        lambda it: (it[0], {"case": "7", "from": "7", "opened": render(OPENED + it[1] * 15 * MINUTE)})
    ),
    st.tuples(st.sampled_from(["2020", "2030"]), st.sampled_from(["keep", "from_now", "retroactive"])).map(
        lambda way: ("policy.moved", {"policy": f"test@{way[0]}-01-01", "open_clocks": way[1]})
    ),
    st.sampled_from(["upstream.disrupted", "upstream.restored", "disaster.declared", "exception.ended"]).map(
        lambda each: (each, {})
    ),
    st.sampled_from(
        ["severity.confirmed", "severity.disputed", "exception.approved", "exception.rejected"]
    ).flatmap(lambda each: st.sampled_from(["customer", "provider"]).map(lambda by: (each, {"by": by}))),
    st.sampled_from(["P1", "P2", "P3"]).map(
        lambda each: ("severity.proposed", {"severity": each, "by": "provider"})
    ),
    st.integers(0, 4 * 90).map(
        lambda quarters: (
            "exception.requested",
            {"reason": "r", "plan": "p", "expires": render(OPENED + quarters * 15 * MINUTE)},
        )
    ),
    st.integers(-40, 40).map(
        lambda quarters: (
            "service.restored",
            {"recovery_point": render(OPENED + quarters * 15 * MINUTE), "data_lost": "5 h"},
        )
    ),
)
FACTS_OF_A_CASE = st.lists(st.tuples(st.integers(-4, 4 * 80), WHAT | RARE), min_size=0, max_size=16)


def facts_of(drawn: list[tuple[int, What]]) -> list[Fact]:
    """An opening and what was drawn, in quarters of an hour after it."""
    told = [(0, ("case.opened", {})), *drawn]
    facts = []
    for number, (quarters, (name, data)) in enumerate(told, start=1):
        members = {"customer": "acme", **data} if name == "case.opened" else data
        time = OPENED + quarters * 15 * MINUTE
        facts.append(
            Fact("t/1", time, FACTS[name].model_validate(members), "helpdesk", f"e{number}", "cases", number)
        )
    return facts


class Lived:
    """A case that hears facts at given instants and is called whenever it asked to be."""

    def __init__(self, book: PolicyBook = BOOK) -> None:
        self.book = book
        self.state: CaseClocks | None = None
        self.wake: int | None = None
        self.said: list[Saying] = []

    def pass_time(self, to: int) -> None:
        while self.wake is not None and self.wake <= to:
            self.hear(Wake(), self.wake)

    def hear(self, heard: Fact | Wake, now: int) -> None:
        decision = decide(self.book, self.state, heard, now)
        for saying in decision.says:
            assert saying.time <= now, "said before its time"
        self.state = ADAPTER.validate_json(ADAPTER.dump_json(decision.state))
        assert self.state == decision.state, "the state does not survive its store"
        self.wake = decision.wake_at
        self.said += decision.says


def in_order(facts: list[Fact]) -> Lived:
    lived = Lived()
    for fact in sorted(facts, key=lambda each: each.time):
        lived.pass_time(fact.time)
        lived.hear(fact, fact.time)
    lived.pass_time(END)
    return lived


def arrivals(facts: list[Fact], seed: int) -> list[tuple[int, Fact]]:
    """Every fact arrives at its time or later, in any order."""
    luck = random.Random(seed)
    late = [(max(each.time, OPENED) + luck.choice((0, 0, HOUR, 9 * HOUR, 50 * HOUR)), each) for each in facts]
    return sorted(((min(at, END), fact) for at, fact in late), key=lambda each: (each[0], luck.random()))


def in_some_order(facts: list[Fact], seed: int) -> Lived:
    lived = Lived()
    for at, fact in arrivals(facts, seed):
        lived.pass_time(at)
        lived.hear(fact, at)
    lived.pass_time(END)
    return lived


def net(said: list[Saying]) -> Counter[tuple[str, str, int, int, str]]:
    """What stands after all retractions."""
    standing: Counter[tuple[str, str, int, int, str]] = Counter()
    for saying in said:
        match saying.data:
            case say.ClockRecomputed() | say.ClockRetracted(what="recomputed"):
                continue  # a due that moved back is said, too, where no judgement tells it
            case say.ClockRetracted() as it:
                standing[it.what, it.clock, it.cycle, it.at, it.warning] -= 1
            case say.ObjectiveJudged() as it:
                standing["judged", it.clock, it.cycle, it.at, it.objective] += 1
            case say.ClockExcuseEnded() as it:
                standing["excuse ended", it.clock, it.cycle, it.at, ""] += 1
            case say.ClockWarned() as it:
                standing["warned", it.clock, it.cycle, it.at, it.warning] += 1
            case say.ClockSaid() as it:
                standing[it.type.removeprefix("clock."), it.clock, it.cycle, it.at, ""] += 1
            case say.FactRefused() as it:
                standing["refused", it.fact, 0, saying.time, ""] += 1
            case say.FactReinstated() as it:
                gone = [name for name in standing if name[:2] == ("refused", it.fact) and standing[name] > 0]
                standing[gone[0]] -= 1
            case _:
                raise AssertionError(saying)
    assert all(count >= 0 for count in standing.values()), "retracted what was never said"
    return +standing


@given(FACTS_OF_A_CASE, st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_the_outcome_does_not_depend_on_the_order_of_arrival(
    drawn: list[tuple[int, What]], seed: int
) -> None:
    facts = facts_of(drawn)
    one, other = in_order(facts), in_some_order(facts, seed)
    assert one.state is not None
    assert other.state is not None
    assert one.state.snapshot == other.state.snapshot
    assert one.state.said == other.state.said
    assert one.state.refused == other.state.refused
    assert one.wake == other.wake
    assert net(one.said) == net(other.said)


@given(FACTS_OF_A_CASE, st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_at_most_one_breach_stands_in_a_cycle_and_ended_ones_are_silent(
    drawn: list[tuple[int, What]], seed: int
) -> None:
    lived = in_some_order(facts_of(drawn), seed)
    standing = net(lived.said)
    breaches = Counter((clock, cycle) for what, clock, cycle, _, _ in standing if what == "breached")
    assert all(count == 1 for count in breaches.values())
    assert lived.state is not None
    assert lived.state.snapshot is not None
    for cycle in (*lived.state.snapshot.past, *lived.state.snapshot.cycles.values()):
        assert (cycle.breached_at is not None) == ((cycle.clock, cycle.number) in breaches)
        assert cycle.open or not cycle.timers
        assert sorted(cycle.timers, key=lambda each: each.at) == list(cycle.timers)


@given(FACTS_OF_A_CASE)
@settings(max_examples=60, deadline=None)
def test_in_order_nothing_is_ever_taken_back_and_a_call_too_many_changes_nothing(
    drawn: list[tuple[int, What]],
) -> None:
    lived = in_order(sorted(facts_of(drawn), key=lambda each: each.time))
    if min(fact.time for fact in facts_of(drawn)) >= OPENED:
        assert not [each for each in lived.said if isinstance(each.data, say.ClockRetracted)]
    again = decide(BOOK, lived.state, Wake(), END)
    assert again.state == lived.state
    assert not again.says


@given(FACTS_OF_A_CASE, st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_all_that_is_said_is_valid_and_survives_the_wire(drawn: list[tuple[int, What]], seed: int) -> None:
    for saying in in_some_order(facts_of(drawn), seed).said:
        written = saying.data.model_dump_json(by_alias=True, exclude_none=True)
        assert type(saying.data).model_validate_json(written, extra="forbid") == saying.data


FLOOD: list[tuple[int, What]] = [
    (173, ("case.status_changed", {"status": "working"})),
    (57, ("case.split", {"case": "7", "from": "7", "opened": "2026-11-15T22:15:00Z"})),
    (73, ("service.restored", {"recovery_point": "2026-11-16T07:15:00Z", "data_lost": "5 h"})),
    (101, ("service.restored", {"recovery_point": "2026-11-16T02:15:00Z", "data_lost": "5 h"})),
    (100, ("severity.proposed", {"severity": "P3", "by": "provider"})),
    (-4, ("disaster.declared", {})),
    (39, ("severity.disputed", {"by": "customer"})),
    (100, ("support.updated", {})),
    (197, ("case.changed", {"severity": "P1"})),
    (32, ("policy.moved", {"policy": "test@2030-01-01", "open_clocks": "from_now"})),
    (65, ("policy.moved", {"policy": "test@2020-01-01", "open_clocks": "from_now"})),
]
FLOOD_SEED = 2350885058
"""A late update that once had the same update asked for again and again, under ever new numbers."""


class Served(Lived):
    """As lived, with a notifier that sends each update within the minute, once."""

    def __init__(self) -> None:
        super().__init__(SENDING)
        self.heard: list[Fact] = []
        self.sent: dict[str, Fact] = {}

    def hear(self, heard: Fact | Wake, now: int) -> None:
        told = len(self.said)
        super().hear(heard, now)
        if isinstance(heard, Fact):
            self.heard.append(heard)
        for asked in [each.data for each in self.said[told:]]:
            if isinstance(asked, say.UpdateRequested) and asked.update not in self.sent:
                data = UpdateSent(update=asked.update, clock=asked.clock, cycle=asked.cycle, at=now)
                number = len(self.sent) + 1
                fact = Fact("t/1", now, data, "notifier", asked.update, DELIVERIES, number)
                self.sent[asked.update] = fact
                self.hear(fact, now)


@example(FLOOD, FLOOD_SEED)
@given(FACTS_OF_A_CASE, st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_with_updates_sent_on_the_way_the_whole_history_gives_the_same(
    drawn: list[tuple[int, What]], seed: int
) -> None:
    served = Served()
    for at, fact in arrivals(facts_of(drawn), seed):
        served.pass_time(at)
        served.hear(fact, at)
    served.pass_time(END)
    again = Lived(SENDING)
    known = [(noted, fact) for fact in served.heard if (noted := noted_of(fact)) is not None]
    for noted, fact in sorted(known, key=lambda each: each[0].place):
        again.pass_time(noted.time)
        again.hear(fact, noted.time)
    again.pass_time(END)
    assert served.state is not None
    assert again.state is not None
    assert served.state.snapshot == again.state.snapshot
    assert served.state.said == again.state.said


def test_every_state_of_the_table_can_be_left_or_is_an_end() -> None:
    states = {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values())
    for state in states:
        ways = {event for before, event in TRANSITIONS if before == state}
        assert ways == {"reopen"} if state in ENDED else {"meet", "cancel"} <= ways
