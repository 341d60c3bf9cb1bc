"""Up the ladder: what facts of clocks, acknowledgements and the passing of time do to the climbs of a case.

A fact of a clock always counts: even an acknowledged ladder goes on with a further warning point or the
breach, since that is news. An acknowledgement stops what time alone brings; the watch for idleness begins.
"""

from dataclasses import replace

from services.escalation.domain import paging
from services.escalation.domain.climb import Climb, Page
from services.escalation.domain.draft import Draft
from services.escalation.domain.endings import ended, exhausted, stopped
from services.escalation.domain.news import BREACH, News
from services.escalation.domain.words import label, spoken
from shared.contracts.escalation import AcknowledgementNoted, LadderEnded, StepSkipped
from shared.contracts.notifier import PageAcknowledged
from shared.policy.escalation import Step


def reached(draft: Draft, news: News) -> None:
    """A warning point or the breach: its step is taken, and those that should have come before are passed."""
    climb = draft.case.climb_of(news.clock, news.cycle) or _begun(draft, news)
    if climb is None:
        return
    step = climb.step_at(news.words)
    breached = news.words == BREACH
    if (breached and climb.breached_at is not None) or (step is not None and step.number in climb.taken):
        return
    if step is None and not breached:
        return
    if draft.case.stage != "open":
        _unsaid(draft, climb, step, news)
        return
    climb = climb._replace(due=news.due, breached_at=news.at if breached else climb.breached_at)
    if step is not None:
        climb = paging.take(draft, _passed_over(draft, climb, step, news.at), step, news.at, news.cause)
    elif (later := climb.beyond_breach) is not None and (climb.phase != "climbing" or not climb.position):
        climb = _passed_over(draft, climb, later, news.at)
        climb = climb._replace(phase="climbing", position=later.number - 1)
    draft.case = draft.case.with_climb(exhausted(draft, climb, news.at))


def runs_again(draft: Draft, news: News) -> None:
    """A breached clock that had ended runs on (reopened, or its end is retracted): it is climbed anew."""
    climb = draft.case.climb_of(news.clock, news.cycle)
    if climb is None or climb.phase != "ended" or climb.breached_at is None:
        return
    if draft.case.stage != "open":
        _keep(draft, news)
        return
    climb = _forgotten(climb, BREACH)
    step = climb.step_at(BREACH)
    if step is not None:
        climb = paging.take(draft, climb, step, news.at, f"runs again: {news.cause}")
    else:
        climb = climb._replace(phase="climbing")
    draft.case = draft.case.with_climb(exhausted(draft, climb, news.at))


def clock_ended(draft: Draft, news: News) -> None:
    climb = draft.case.climb_of(news.clock, news.cycle)
    if climb is not None:
        why = f"{spoken(news.clock)} {news.words} {draft.when(news.at)}"
        draft.case = draft.case.with_climb(ended(draft, climb, why, news.at))


def case_ended(draft: Draft, at: int) -> None:
    """Resolved, closed or merged: no ladder goes on."""
    if not draft.case.climbs:
        return
    why = f"the case was {draft.case.stage} {draft.when(draft.case.stage_since)}"
    for climb in draft.case.climbs:
        draft.case = draft.case.with_climb(ended(draft, climb, why, at))


def never_reached(draft: Draft, news: News) -> None:
    """A point or the breach never was: what was asked for its sake is withdrawn, the rest stays."""
    climb = draft.case.climb_of(news.clock, news.cycle)
    if climb is None:
        return
    follows = climb.segment(news.words)
    why = f"{spoken(news.clock)}: {news.words} is retracted: {news.cause}"
    stood_there = climb.position in follows or not climb.position
    pages = tuple(page for page in climb.pages if page.step in follows)
    climb = paging.withdraw(draft, climb, pages, why, draft.now)
    if stood_there:
        climb = stopped(draft, climb, why, draft.now)
    climb = _forgotten(climb, news.words)
    if news.words == BREACH:
        climb = climb._replace(breached_at=None)
    draft.case = draft.case.with_climb(climb)


def never_began(draft: Draft, news: News) -> None:
    """The whole cycle of the clock never was."""
    climb = draft.case.climb_of(news.clock, news.cycle)
    if climb is not None:
        climb = ended(draft, climb, f"{spoken(news.clock)} is retracted: {news.cause}", draft.now)
        anew = climb._replace(breached_at=None, position=0, taken=())
        draft.case = draft.case.with_climb(anew)


def acknowledged(draft: Draft, said: PageAcknowledged) -> None:
    """Somebody has taken it on: the ladder stops, unless there is nothing left to be taken on."""
    for climb in draft.case.climbs:
        page = next((page for page in climb.pages if page.id == said.page), None)
        if page is not None:
            effect = _acknowledge(draft, climb, page, said)
            break
    else:
        effect = "no such page"
    draft.say(AcknowledgementNoted(page=said.page, by=said.by, effect=effect), said.at)


def undeliverable(draft: Draft, page_id: str, at: int) -> None:
    """No channel reached the receiver: nobody waits for an answer to a page that did not arrive."""
    for climb in draft.case.climbs:
        for page in climb.awaited:
            if page.id == page_id and page.by is not None:
                draft.case = draft.case.with_climb(climb.with_page(page._replace(by=min(page.by, at))))


def _begun(draft: Draft, news: News) -> Climb | None:
    """The ladder is pinned here: at the first fact that has a step of it, or at the breach."""
    rule = draft.escalation.ladder(news.clock, draft.stated)
    if rule is None:
        return None
    return Climb(news.clock, news.cycle, rule.then.steps)


def _unsaid(draft: Draft, climb: Climb, step: Step | None, news: News) -> None:
    """The case had ended before this was known: nobody is asked, and it says so."""
    why = f"the case was {draft.case.stage} {draft.when(draft.case.stage_since)}"
    if step is not None:
        draft.say(StepSkipped(step=label(step), why=why, at=news.at), news.at)
    else:
        draft.say(LadderEnded(clock=news.clock, cycle=news.cycle, why=why, at=news.at), news.at)
    if _keep(draft, news):
        return
    climb = climb._replace(phase="ended", why=why, due=news.due)
    draft.case = draft.case.with_climb(climb._replace(breached_at=news.at) if news.words == BREACH else climb)


def _keep(draft: Draft, news: News) -> bool:
    """Later than the case's end, only a reopening explains it: it counts when that is heard of."""
    if news.at > draft.case.stage_since:
        draft.case = replace(draft.case, waiting=(*draft.case.waiting, news))
    return news.at > draft.case.stage_since


def _passed_over(draft: Draft, climb: Climb, step: Step, at: int) -> Climb:
    """The steps before `step` that have not come; where they were still to be expected, it says so."""
    for each in climb.steps[climb.position : step.number - 1]:
        if each.at.moment == "idle":
            continue
        if each.at.by_fact or climb.phase == "climbing":
            draft.say(StepSkipped(step=label(each), why=f"overtaken by {label(step)}", at=at), at)
        climb = climb._replace(taken=(*climb.taken, each.number))
    return climb


def _forgotten(climb: Climb, words: str) -> Climb:
    """As if the steps that followed from that fact had not been taken; asked again, they are new pages."""
    follows = climb.segment(words)
    taken = tuple(number for number in climb.taken if number not in follows)
    position = climb.position if climb.position not in follows else max(taken, default=0)
    return climb._replace(taken=taken, position=position)


def _acknowledge(draft: Draft, climb: Climb, page: Page, said: PageAcknowledged) -> str:
    if draft.case.stage != "open":
        return f"too late: the case was {draft.case.stage} {draft.when(draft.case.stage_since)}"
    if climb.phase == "ended":
        return f"too late: {climb.why}"
    if climb.phase == "acknowledged":
        return f"already acknowledged by {climb.acknowledged_by} {draft.when(climb.acknowledged_at)}"
    if page.fate == "withdrawn":
        return "too late: the page was withdrawn"
    climb = climb.with_page(page._replace(fate="acknowledged"))
    others = tuple(each for each in climb.pages if each.by is not None)
    climb = paging.withdraw(draft, climb, others, f"acknowledged by {said.by}", said.at)
    climb = climb._replace(phase="acknowledged", acknowledged_at=said.at, acknowledged_by=said.by)
    draft.case = draft.case.with_climb(climb)
    return f"stops the ladder of {spoken(climb.clock)}, cycle {climb.cycle}"
