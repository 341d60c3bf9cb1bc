"""Taking one step of a ladder: the case goes up, people are asked or told, or it is said why nobody is."""

from services.escalation.domain import routing
from services.escalation.domain.climb import Climb, Deferred, Page
from services.escalation.domain.draft import Draft
from services.escalation.domain.receivers import receivers
from services.escalation.domain.words import label, lasting, spoken, when
from shared.contracts.escalation import PageRequested, PageWithdrawn, StepSkipped, Urgency
from shared.policy.escalation import SENIOR_MANAGEMENT, Step
from shared.policy.roster import Person


def take(draft: Draft, climb: Climb, step: Step, at: int, cause: str = "") -> Climb:
    """The climb after `step`, planned for `at`. With nobody to ask it is skipped: the next comes at once."""
    before = climb
    climb = climb.moved(step, at, patience=0)
    move_up(draft, before, step, at, cause)
    missing: list[str] = []
    paged: set[str] = set()
    for target in (*step.page, *step.notify):
        found = receivers(draft, target)
        if not found.people:
            missing.append(f"{target}: {found.why}")
        for person in found.people:
            if person.id in paged:
                continue
            paged.add(person.id)
            page = _page(climb, step, person, at, asked=target in step.page)
            if found.role == SENIOR_MANAGEMENT and (until := _digest_at(draft, climb)) > draft.now:
                climb = climb._replace(deferred=(*climb.deferred, Deferred(step.number, person.id, until)))
                continue
            if found.role == SENIOR_MANAGEMENT:
                page = page._replace(by=None)
            urgency: Urgency = step.urgency if target in step.page else "normal"
            climb = request(
                draft, climb, page, found.role, urgency, _why(before, step, at, person.zone, cause)
            )
    if missing and not paged:
        draft.say(StepSkipped(step=label(step), why="; ".join(missing), at=at), at)
    asked = any(page.step == step.number and page.by is not None for page in climb.awaited)
    return climb._replace(patience=(step.acknowledge_within or 0) if asked else 0)


def move_up(draft: Draft, climb: Climb, step: Step, at: int, cause: str = "") -> None:
    """The case goes up where the step says so, whether or not somebody can be paged."""
    if step.escalate is not None:
        routing.escalate(draft, step.escalate, _why(climb, step, at, draft.zone, cause), at)


def release(draft: Draft, climb: Climb, deferred: Deferred) -> Climb:
    """The hours of senior management have come: what was kept for them is said."""
    climb = climb._replace(deferred=tuple(each for each in climb.deferred if each != deferred))
    step = climb.step(deferred.step)
    person = draft.directory.people.get(deferred.person)
    if person is None:
        why = f"{deferred.person} is no longer in the directory"
        draft.say(StepSkipped(step=label(step), why=why, at=deferred.until), deferred.until)
        return climb
    page = _page(climb, step, person, deferred.until, asked=False)
    told = f"{_breach(climb, person.zone)}; kept for your hours since {when(climb.at, person.zone)}"
    return request(draft, climb, page, SENIOR_MANAGEMENT, "digest", told)


def request(draft: Draft, climb: Climb, page: Page, role: str, urgency: Urgency, why: str) -> Climb:
    customer = draft.customer
    data = PageRequested(
        page=page.id,
        step=label(climb.step(page.step)),
        person=page.person,
        role=role,
        why=why,
        urgency="digest" if role == SENIOR_MANAGEMENT else urgency,
        clock=climb.clock,
        cycle=climb.cycle,
        due=climb.due,
        at=page.at,
        acknowledge_by=page.by,
        customer=customer.name if customer is not None else draft.case.text("customer"),
        severity=draft.severity,
        title=draft.case.text("title"),
    )
    draft.say(data, page.at)
    return climb._replace(pages=(*climb.pages, page))


def withdraw(draft: Draft, climb: Climb, pages: tuple[Page, ...], why: str, at: int) -> Climb:
    """Those of the pages that nobody has answered need no answer any more."""
    for page in pages:
        if page.standing:
            draft.say(PageWithdrawn(page=page.id, why=why), at)
            climb = climb.with_page(page._replace(fate="withdrawn"))
    return climb


def _page(climb: Climb, step: Step, person: Person, at: int, *, asked: bool) -> Page:
    within = step.acknowledge_within if asked else None
    id = f"{climb.clock}-{climb.cycle}-{step.number}-{person.id}"
    # A step comes once, and again only after something was retracted or resumed: then it is another page.
    before = sum((page.step, page.person) == (step.number, person.id) for page in climb.pages)
    id += f"~{before + 1}" if before else ""
    return Page(id, step.number, person.id, at, at + within if within is not None else None)


def _digest_at(draft: Draft, climb: Climb) -> int:
    """When senior management hears of it. It waits only where somebody else was asked: never the only one."""
    if not climb.pages:
        return draft.now
    return draft.directory.senior_management.hears_at(draft.now, draft.severity)


def _why(climb: Climb, step: Step, at: int, zone: str, cause: str) -> str:
    """What the receiver is told: the climb is the one before this step."""
    clock = spoken(climb.clock)
    match step.at.moment:
        case "point":
            due = f", due {when(climb.due, zone)}" if climb.due is not None else ""
            return f"{clock}: {step.at.words} reached {when(at, zone)}{due}"
        case "breach" if not step.at.after:
            return _breach(climb, zone) + (f": {cause}" if cause else "")
        case "breach":
            return f"{_breach(climb, zone)}, {lasting(step.at.after)} ago"
        case "idle":
            since = when(climb.acknowledged_at, zone)
            idle = f"nothing has happened for {lasting(step.at.after)}"
            return f"{_breach(climb, zone)}; acknowledged by {climb.acknowledged_by} {since}, but {idle}"
        case "silence":
            silent = [page.person for page in climb.pages if page.step == climb.position]
            who = f"{' and '.join(silent)} did not acknowledge" if silent else "nobody else could be asked"
            return f"{_breach(climb, zone)}; {who}"


def _breach(climb: Climb, zone: str) -> str:
    due = f" (due {when(climb.due, zone)})" if climb.due is not None else ""
    if climb.breached_at is None:
        return f"{spoken(climb.clock)} runs low{due}"
    return f"{spoken(climb.clock)} breached {when(climb.breached_at, zone)}{due}"
