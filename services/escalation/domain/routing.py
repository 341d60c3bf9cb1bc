"""Where a case lies: the routing rules, the dedicated manager, the tiers' budgets. No clock restarts by it.

A case goes to the tier that the rules name, or to the one that it was escalated to: what went up stays.
The customer's dedicated manager has it past every queue, then the deputy, then the tier's queue (FD-5).
"""

from dataclasses import replace

from services.escalation.domain.case import Place
from services.escalation.domain.draft import Draft
from services.escalation.domain.news import News
from shared.contracts.escalation import CaseEscalated, CaseRouted
from shared.policy.escalation import BUDGET_CLOCK, Tier, same_point


def route(draft: Draft, at: int) -> None:
    """The rules were asked anew: the case was opened, or what is known of it has changed (FD-8)."""
    answer = draft.escalation.route(draft.stated)
    place = draft.case.place
    if answer is None or (place is not None and answer[0].name == place.routed):
        return
    tier, reason = answer
    if place is None:
        _lay(draft, Place(tier.name, tier.name, None, tier.team, None, reason), at)
    elif _rank(draft, place.raised or tier.name) > _rank(draft, tier.name):
        draft.case = replace(draft.case, place=place._replace(routed=tier.name))
    else:
        _move(draft, place, tier, place._replace(routed=tier.name, why=reason), at)
    heed_budget(draft, at)


def escalate(draft: Draft, to: str, why: str, at: int) -> None:
    """Up to a tier, or to the `next` one; a case that lies there or higher stays where it is."""
    place = draft.case.place
    if place is None:
        return
    tier = draft.escalation.above(place.tier) if to == "next" else draft.escalation.tier(to)
    if tier is None or _rank(draft, tier.name) <= _rank(draft, place.tier):
        return
    _move(draft, place, tier, place._replace(raised=tier.name, why=why), at)
    heed_budget(draft, at)


def spend(draft: Draft, news: News) -> None:
    """A point of the budget clock was passed: the tier's time may be used up."""
    case = draft.case
    if news.clock != BUDGET_CLOCK or news.cycle < case.spent_cycle:
        return
    spent = case.spent if news.cycle == case.spent_cycle else ()
    draft.case = replace(case, spent_cycle=news.cycle, spent=(*spent, news.words))
    heed_budget(draft, news.at)


def unspend(draft: Draft, news: News) -> None:
    """That point was never passed. The case stays where it is: nobody is served by a case that wanders."""
    if news.clock == BUDGET_CLOCK and news.cycle == draft.case.spent_cycle:
        kept = tuple(words for words in draft.case.spent if not same_point(words, news.words))
        draft.case = replace(draft.case, spent=kept)


def heed_budget(draft: Draft, at: int) -> None:
    """Up, when the time that the case's tier has is used up."""
    place = draft.case.place
    if place is None or draft.case.stage != "open":
        return
    budget = draft.escalation.tier(place.tier).budget
    if budget is not None and any(same_point(budget, words) for words in draft.case.spent):
        escalate(
            draft, "next", f"{budget} of the time for a resolution is the most that {place.tier} has", at
        )


def _move(draft: Draft, place: Place, tier: Tier, becomes: Place, at: int) -> None:
    """From `place` to `tier`; said as an escalation only when it goes up."""
    if tier.name == place.tier:
        draft.case = replace(draft.case, place=becomes._replace(why=place.why))
        return
    if _rank(draft, tier.name) > _rank(draft, place.tier):
        escalated = CaseEscalated(from_tier=place.tier, to_tier=tier.name, team=tier.team, why=becomes.why)
        draft.say(escalated, at)
    _lay(draft, becomes._replace(tier=tier.name, team=tier.team), at)


def _lay(draft: Draft, place: Place, at: int) -> None:
    """The case lies there now, with the customer's dedicated people where they are there."""
    person, why, customer = None, place.why, draft.customer
    if customer is not None and customer.manager is not None:
        dedicated, reason = draft.directory.dedicated(customer.id, draft.now)
        person, why = dedicated.id if dedicated is not None else None, f"{why}; {reason}"
    draft.case = replace(draft.case, place=place._replace(person=person, why=why))
    draft.say(CaseRouted(tier=place.tier, team=place.team, person=person, why=why), at)


def _rank(draft: Draft, tier: str) -> int:
    return draft.escalation.rank(tier)
