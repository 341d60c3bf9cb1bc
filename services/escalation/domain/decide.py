"""decide: a fact about a case, or the time, to where the case lies and who must hear of it.

Facts count by their own time, not by their arrival. Facts of different topics overtake one another: news of a
clock that comes before the case's opening or reopening waits for it, and no page is ever asked for twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from services.escalation.domain import climbing, routing
from services.escalation.domain.case import CaseEscalation, Stage
from services.escalation.domain.draft import Draft
from services.escalation.domain.news import NEWS, News, news_of
from services.escalation.domain.passing_time import pass_time
from shared.contracts.case import (
    CASE_FACTS,
    CaseChanged,
    CaseClosed,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseSplit,
    CaseStatusChanged,
    CustomerReplied,
    SupportReplied,
    SupportUpdated,
)
from shared.contracts.case_said import CaseSaid
from shared.contracts.decision import Decision, Heard, Wake
from shared.contracts.envelope import Fact, Said
from shared.contracts.notifier import DeliveryFailed, PageAcknowledged
from shared.contracts.occasions import CaseAbsorbed, PolicyMoved
from shared.policy.book import PolicyBook, UnknownPolicy

_TELLS_NOTHING = (CustomerReplied, CaseSplit, CaseAbsorbed)
"""Of what is said about cases."""

HEEDS: frozenset[str] = frozenset(
    {said.type for said in CASE_FACTS if said not in _TELLS_NOTHING}
    | {said.type for said in NEWS}
    | {PageAcknowledged.type, DeliveryFailed.type}
)
"""The types of facts that may mean something here; no other changes anything."""

_STAGES: Mapping[type[Said], Stage] = {
    CaseResolved: "resolved",
    CaseClosed: "closed",
    CaseMerged: "merged",
    CaseReopened: "open",
}


def decide(
    book: PolicyBook, state: CaseEscalation | None, heard: Heard, now: int
) -> Decision[CaseEscalation]:
    """The next state of a case's escalation, what is said, and when time is needed next."""
    draft = Draft(book, state or CaseEscalation(), now)
    if isinstance(heard, Wake):
        pass_time(draft)
    elif (news := news_of(heard.data)) is not None:
        _consider(draft, news)
    else:
        _hear(draft, heard)
    return draft.decision()


def _hear(draft: Draft, fact: Fact) -> None:
    case, time = draft.case, fact.time
    match fact.data:
        case CaseOpened() as data:
            _open(draft, data, time)
        case CaseChanged() as data:
            draft.case = case.progressed(time) if data.assignee is not None else case
            _learn(draft, _stated(data), time)
        case CaseStatusChanged(status=status):
            draft.case = case.progressed(time)
            _learn(draft, {"status": status}, time)
        case SupportReplied() | SupportUpdated():
            draft.case = case.progressed(time)
        case CaseResolved() | CaseClosed() | CaseMerged() | CaseReopened():
            draft.case = case.at_stage(_STAGES[type(fact.data)], time)
            _turn(draft, fact.data, time)
        case PolicyMoved(policy=version):
            _move(draft, version, time)
        case CaseSaid() as data if stated := data.states():  # a severity proposed, an upstream disrupted …
            _learn(draft, {name: value for name, value in stated.items() if value is not None}, time)
        case PageAcknowledged() as said:
            climbing.acknowledged(draft, said)
        case DeliveryFailed(fallback=None, page=page, at=at):
            climbing.undeliverable(draft, page, at)
        case _:
            pass


def _stated(data: CaseOpened | CaseChanged) -> Mapping[str, object]:
    return data.model_dump(exclude_unset=True, exclude_none=True)


def _learn(draft: Draft, values: Mapping[str, object], time: int) -> None:
    """Something else is known of the case: the routing rules may answer otherwise."""
    draft.case = draft.case.learned(values, time)
    if draft.case.opened:
        routing.route(draft, time)


def _move(draft: Draft, version: str, time: int) -> None:
    """Tiers and ladders of another version, from here on; a version that is not there moves nothing."""
    if draft.case.opened and version in {policy.version for policy in draft.book.versions()}:
        draft.case = replace(draft.case, policy=version)
        routing.route(draft, time)


def _turn(draft: Draft, said: Said, time: int) -> None:
    """The case ended, or begins anew, with the status in which every case begins."""
    if isinstance(said, CaseReopened):
        draft.case = draft.case.learned({"status": ""}, time)
    if draft.case.opened and draft.case.stage == "open":
        _come_to_life(draft, time)
    elif draft.case.opened:
        climbing.case_ended(draft, time)


def _open(draft: Draft, data: CaseOpened, time: int) -> None:
    """The policy is pinned: the one that the customer has, in the version in force when the case began."""
    if draft.case.opened:
        return
    try:
        policy = draft.book.for_customer(data.customer, time).version
    except UnknownPolicy:
        policy = None  # without an agreement there is no promise, hence no tier and no ladder
    draft.case = replace(draft.case.learned(_stated(data), time), opened=True, policy=policy)
    _come_to_life(draft, time)


def _come_to_life(draft: Draft, time: int) -> None:
    """Opened or reopened: it lies somewhere, and the news that waited for this counts."""
    waiting, draft.case = draft.case.waiting, replace(draft.case, waiting=())
    routing.route(draft, time)
    routing.heed_budget(draft, time)
    for news in waiting:
        _consider(draft, news)


def _consider(draft: Draft, news: News) -> None:
    if not draft.case.opened:
        draft.case = replace(draft.case, waiting=(*draft.case.waiting, news))
        return
    _TAKEN[news.kind](draft, news)


def _reached(draft: Draft, news: News) -> None:
    routing.spend(draft, news)
    climbing.reached(draft, news)


def _never_reached(draft: Draft, news: News) -> None:
    routing.unspend(draft, news)
    climbing.never_reached(draft, news)


_TAKEN: Mapping[str, Callable[[Draft, News], None]] = {
    "reached": _reached,
    "ended": climbing.clock_ended,
    "runs again": climbing.runs_again,
    "never reached": _never_reached,
    "never began": climbing.never_began,
}
