"""What holds for every history of a case, in whatever order its topics are read."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar.instants import HOUR, MINUTE
from shared.contracts import case as cases
from shared.contracts import clock as clocks
from shared.contracts.decision import Wake
from shared.contracts.envelope import Fact, Said
from shared.contracts.escalation import (
    AcknowledgementNoted,
    LadderEnded,
    PageRequested,
    PageUnanswered,
    PageWithdrawn,
    StepSkipped,
)
from shared.contracts.notifier import DeliveryFailed, PageAcknowledged
from tests.escalation.timeline import VERSION, World, book, instant

BOOK = book()
START = instant("Mon 08:00")
FAR = instant("+Fri 20:00")
SEVERITIES = ["P1", "P2", "P3", "P4"]
BOTH = {"first_response", "resolution"}
LADDERED = {"P1": BOTH, "P2": BOTH, "P3": {"first_response"}}


@dataclass(frozen=True)
class Told:
    """A fact of one topic, at its own time."""

    at: int
    data: Said


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Told], list[Told]]:
    """What `cases` and `clocks` say about one case, each in its own order."""
    at = START
    of_cases = [Told(at, cases.CaseOpened(customer="acme", severity=draw(st.sampled_from(SEVERITIES))))]
    open_ = True
    for _ in range(draw(st.integers(0, 5))):
        at += draw(st.integers(1, 300)) * MINUTE
        what: Said
        if not open_:
            what, open_ = cases.CaseReopened(), True
        else:
            what = draw(
                st.sampled_from(
                    [
                        cases.CaseChanged(complexity="high"),
                        cases.CaseChanged(complexity="low", severity="P1"),
                        cases.CaseChanged(assignee="otto"),
                        cases.SupportReplied(),
                        cases.CaseResolved(),
                    ]
                )
            )
            open_ = not isinstance(what, cases.CaseResolved)
        of_cases.append(Told(at, what))
    of_clocks: list[Told] = []
    for clock in ("first_response", "resolution"):
        of_clocks += _cycle(draw, clock)
    return of_cases, sorted(of_clocks, key=lambda each: each.at)


def _cycle(draw: st.DrawFn, clock: str) -> list[Told]:
    at = START + draw(st.integers(1, 900)) * MINUTE
    said: list[Told] = []
    base = {"clock": clock, "cycle": 1, "policy": VERSION}
    for percent in (50, 75, 80):
        if draw(st.booleans()):
            warning = {**base, "warning": f"{percent} %", "at": at, "due": at}
            said.append(Told(at, clocks.ClockWarned.model_validate(warning)))
            at += draw(st.integers(1, 200)) * MINUTE
    for _ in range(draw(st.integers(0, 2))):
        said.append(Told(at, clocks.ClockBreached.model_validate({**base, "at": at, "due": at})))
        at += draw(st.integers(1, 200)) * MINUTE
        if not draw(st.booleans()):
            break
        retracted = {**base, "at": at, "what": "breached", "cause": "late"}
        said.append(Told(at, clocks.ClockRetracted.model_validate(retracted)))
        at += draw(st.integers(1, 200)) * MINUTE
    if draw(st.booleans()):
        met = {**base, "at": at, "due": at, "late": True, "used": 0}
        said.append(Told(at, clocks.ClockMet.model_validate(met)))
    return said


@st.composite
def lives(draw: st.DrawFn) -> tuple[World, list[Told], list[Told]]:
    """A case lived through: topics interleaved somehow, with delays, outages and answers to pages."""
    of_cases, of_clocks = draw(histories())
    world, answered = Watched(BOOK), set[str]()
    left = [list(of_cases), list(of_clocks)]
    while any(left):
        topic = draw(st.sampled_from([topic for topic in left if topic]))
        told = topic.pop(0)
        arrives = max(world.now, told.at + draw(st.sampled_from([0, 0, MINUTE, 3 * HOUR])))
        for _ in range(
            draw(st.sampled_from([1, 1, 2]))
        ):  # the kit drops repetitions; this must not rest on it
            world.fact(told.data, told.at, arrives, outage=draw(st.booleans()))
        pages = [each.data for each in world.said if isinstance(each.data, PageRequested)]
        if pages and draw(st.integers(0, 3)) == 0:
            page = draw(st.sampled_from(pages)).page
            at = world.now + draw(st.integers(0, 20)) * MINUTE
            if draw(st.booleans()):
                world.fact(PageAcknowledged(page=page, by="somebody", at=at), at)
            else:
                given_up = {"effect": "", "receiver": "", "channel": "", "attempt": 1, "why": ""}
                world.fact(DeliveryFailed.model_validate({**given_up, "page": page, "at": at}), at)
            answered.add(page)
    world.until(FAR)
    return world, of_cases, of_clocks


class Watched(World):
    """A world that looks at every single decision."""

    def hear(self, heard: Fact | Wake, now: int) -> None:
        before = len(self.said)
        super().hear(heard, now)
        if self.case.stage != "open":
            said = [each.data.type for each in self.said[before:]]
            assert "page.requested" not in said, "a page after the end of the case"
        assert self.wake_at is None or not isinstance(heard, Wake) or self.wake_at > self.now


def of(world: World, kind: type[Said]) -> Sequence[Said]:
    return [each.data for each in world.said if isinstance(each.data, kind)]


@settings(max_examples=150, deadline=None)
@given(lives())
def test_whatever_happens(life: tuple[World, list[Told], list[Told]]) -> None:
    world, of_cases, of_clocks = life
    requested = [page for page in of(world, PageRequested) if isinstance(page, PageRequested)]
    names = [page.page for page in requested]
    assert len(names) == len(set(names)), "a page was asked for twice"

    anew = sum(isinstance(told.data, clocks.ClockRetracted) for told in of_clocks)
    assert all(int(name.partition("~")[2]) <= 1 + anew for name in names if "~" in name)

    fates = {page.id: page for climb in world.case.climbs for page in climb.pages}
    assert set(fates) == set(names)
    unanswered = {page.page for page in of(world, PageUnanswered) if isinstance(page, PageUnanswered)}
    withdrawn = {page.page for page in of(world, PageWithdrawn) if isinstance(page, PageWithdrawn)}
    assert unanswered | withdrawn <= set(names)
    for name, page in fates.items():
        assert page.fate != "open" or page.by is None, f"{name} is waited for, and nobody wakes"
        assert (page.fate == "withdrawn") == (name in withdrawn)
    assert not any(climb.deferred for climb in world.case.climbs), "kept for hours that have come and gone"

    severity = {told.data.severity for told in of_cases if isinstance(told.data, cases.CaseOpened)}.pop()
    told_of = {(page.clock, page.cycle) for page in requested}
    told_of |= {(end.clock, end.cycle) for end in of(world, LadderEnded) if isinstance(end, LadderEnded)}
    for told in of_clocks:
        laddered = LADDERED.get(severity or "", set())
        if isinstance(told.data, clocks.ClockBreached) and told.data.clock in laddered:
            reasons = any(
                isinstance(each.data, StepSkipped) and each.data.at == told.at for each in world.said
            )
            assert (told.data.clock, 1) in told_of or reasons, "a breach that nobody heard of, and no reason"


@settings(max_examples=50, deadline=None)
@given(lives())
def test_an_acknowledgement_is_always_answered(life: tuple[World, list[Told], list[Told]]) -> None:
    world, _, _ = life
    for noted in of(world, AcknowledgementNoted):
        assert isinstance(noted, AcknowledgementNoted)
        assert noted.effect


@settings(max_examples=100, deadline=None)
@given(histories())
def test_what_is_known_of_a_case_does_not_depend_on_the_order_of_topics(
    history: tuple[list[Told], list[Told]],
) -> None:
    """Read in one go after an outage, either topic first."""
    of_cases, of_clocks = history
    ends = []
    for first, second in ((of_cases, of_clocks), (of_clocks, of_cases)):
        world = World(BOOK)
        for told in (*first, *second):
            world.fact(told.data, told.at, FAR, outage=True)
        case = world.case
        ends.append((case.stage, case.known, case.policy, case.progress_at))
    assert ends[0] == ends[1]
