"""What time alone brings: silence that lasted too long, steps some time after a breach, idleness, hours."""

from services.escalation.domain import paging
from services.escalation.domain.climb import Climb, Deferred, Page
from services.escalation.domain.draft import Draft
from services.escalation.domain.endings import exhausted
from services.escalation.domain.words import label, lasting
from shared.contracts.escalation import PageUnanswered, StepSkipped
from shared.policy.escalation import Step

Due = tuple[int, int, Climb, Page | Deferred | Step]
"""The instant, its rank among what is due at that instant, the ladder, and what is due."""


def pass_time(draft: Draft) -> None:
    """Everything that is due by now, in the order in which it fell due."""
    while (due := _due(draft)) is not None:
        at, _, climb, what = due
        match what:
            case Page():
                climb = climb.with_page(what._replace(fate="unanswered"))
                step = label(climb.step(what.step))
                draft.say(PageUnanswered(page=what.id, step=step, person=what.person, at=at), at)
            case Deferred():
                climb = paging.release(draft, climb, what)
            case Step():
                climb = _timed(draft, climb, what, at)
        draft.case = draft.case.with_climb(exhausted(draft, climb, at))


def _due(draft: Draft) -> Due | None:
    """The earliest that has come: at one instant silence is noted before it is acted upon."""
    found: list[Due] = []
    for climb in draft.case.climbs:
        if climb.phase != "ended":
            found.extend((page.by, 0, climb, page) for page in climb.awaited if page.by is not None)
            found.extend((each.until, 1, climb, each) for each in climb.deferred)
        coming = climb.coming(draft.case.progress_at)
        if coming is not None:
            found.append((coming[0], 2, climb, coming[1]))
    return min((due for due in found if due[0] <= draft.now), key=lambda due: due[:2], default=None)


def _timed(draft: Draft, climb: Climb, step: Step, at: int) -> Climb:
    """A step that time brings. After an outage only the current one is said; those before it say why not."""
    behind = climb.overtaken(step, at, draft.now)
    if behind is None:
        return paging.take(draft, climb, step, at)
    late = f"{lasting(draft.now - at)} late, the next was due {draft.when(behind)}"
    draft.say(StepSkipped(step=label(step), why=f"overtaken: {late}", at=at), at)
    paging.move_up(draft, climb, step, at)
    return climb.moved(step, at, patience=step.acknowledge_within or 0)
