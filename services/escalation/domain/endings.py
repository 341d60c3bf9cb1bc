"""How a ladder ends: with its clock or its case, or with nobody left to ask."""

from dataclasses import replace

from services.escalation.domain import paging
from services.escalation.domain.climb import Climb
from services.escalation.domain.draft import Draft
from shared.contracts.escalation import LadderEnded


def ended(draft: Draft, climb: Climb, why: str, at: int) -> Climb:
    climb = paging.withdraw(draft, climb, climb.pages, why, at)
    if climb.phase in ("climbing", "acknowledged") and climb.position:
        draft.say(LadderEnded(clock=climb.clock, cycle=climb.cycle, why=why, at=at), at)
    return replace(climb, phase="ended", why=why, deferred=())


def exhausted(draft: Draft, climb: Climb, at: int) -> Climb:
    """No step is left and nobody is waited for: the ladder has ended without an answer, and says so."""
    if climb.phase != "climbing" or climb.following is not None or climb.awaited or climb.deferred:
        return climb
    if not climb.taken:
        why = "no step is for this"
    elif not climb.pages:
        why = "nobody could be asked: there was nobody for any step"
    elif any(page.by is not None for page in climb.pages):
        why = "nobody has acknowledged, and no step is left"
    else:
        why = "its last step was said"
    draft.say(LadderEnded(clock=climb.clock, cycle=climb.cycle, why=why, at=at), at)
    return replace(climb, phase="exhausted", why=why)
