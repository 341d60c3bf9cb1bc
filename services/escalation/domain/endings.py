"""How a ladder ends: with its clock or its case, or with nobody left to ask."""

from services.escalation.domain import paging
from services.escalation.domain.climb import Climb
from services.escalation.domain.draft import Draft
from services.escalation.domain.words import label
from shared.contracts.escalation import LadderEnded, StepSkipped


def ended(draft: Draft, climb: Climb, why: str, at: int) -> Climb:
    """Its reason is gone: whoever was asked need not answer, and whoever was to hear of it need not."""
    return stopped(draft, paging.withdraw(draft, climb, climb.pages, why, at), why, at)


def stopped(draft: Draft, climb: Climb, why: str, at: int) -> Climb:
    """Nothing further comes of it, until another fact of its clock; what was asked stays asked."""
    for step in {each.step: climb.step(each.step) for each in climb.deferred}.values():
        draft.say(StepSkipped(step=label(step), why=f"before their hours came: {why}", at=at), at)
    if climb.phase in ("climbing", "acknowledged"):
        draft.say(LadderEnded(clock=climb.clock, cycle=climb.cycle, why=why, at=at), at)
    return climb._replace(phase="ended", why=why, deferred=())


def exhausted(draft: Draft, climb: Climb, at: int) -> Climb:
    """No step is left and nobody is waited for: the ladder has ended without an answer, and says so."""
    if climb.phase != "climbing" or climb.following is not None or climb.awaited or climb.deferred:
        return climb
    if not climb.taken:
        why = "no step is for this"
    elif not climb.pages:
        why = NOBODY
    elif any(page.by is not None for page in climb.pages):
        why = "nobody has acknowledged, and no step is left"
    else:
        why = "its last step was said"
    draft.say(LadderEnded(clock=climb.clock, cycle=climb.cycle, why=why, at=at), at)
    return climb._replace(phase="exhausted", why=why)


NOBODY = "nobody could be asked: there was nobody for any step"
"""The reason that must never be seen: the directory leaves an instant uncovered."""
