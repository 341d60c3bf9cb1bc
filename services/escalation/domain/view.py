"""Where a case lies and how far its ladders are, as others read it."""

from pydantic import BaseModel, Field

from services.escalation.domain.case import CaseEscalation
from services.escalation.domain.climb import Climb, Fate, Phase
from services.escalation.domain.words import label
from shared.contracts.instant import Instant


class PlaceShown(BaseModel):
    tier: str
    team: str
    person: str | None = Field(description="Who has it; null: the tier's queue")
    why: str


class PageShown(BaseModel):
    page: str
    step: str
    person: str
    at: Instant = Field(description="When it was to be said by the ladder")
    acknowledge_by: Instant | None = Field(description="Null: no acknowledgement is asked for")
    fate: Fate


class DeferredShown(BaseModel):
    step: str
    person: str
    until: Instant


class NextShown(BaseModel):
    step: str
    at: Instant


class LadderShown(BaseModel):
    """One ladder in use, for one cycle of one clock."""

    clock: str
    cycle: int
    phase: Phase
    why: str = Field(description="Why it is exhausted or has ended")
    due: Instant | None
    breached_at: Instant | None
    step: str | None = Field(description="The last step taken")
    next: NextShown | None = Field(description="What time alone will bring next, if nothing happens")
    acknowledged_by: str | None
    acknowledged_at: Instant | None
    pages: list[PageShown]
    deferred: list[DeferredShown] = Field(description="Pages that wait for their receiver's hours")


def place_view(case: CaseEscalation) -> PlaceShown | None:
    place = case.place
    if place is None:
        return None
    return PlaceShown(tier=place.tier, team=place.team, person=place.person, why=place.why)


def ladders_view(case: CaseEscalation) -> list[LadderShown]:
    return [_ladder(climb, case.progress_at) for climb in case.climbs]


def _ladder(climb: Climb, progress_at: int) -> LadderShown:
    coming = climb.coming(progress_at)
    acknowledged = climb.acknowledged_by or None
    return LadderShown(
        clock=climb.clock,
        cycle=climb.cycle,
        phase=climb.phase,
        why=climb.why,
        due=climb.due,
        breached_at=climb.breached_at,
        step=label(climb.step(climb.position)) if climb.position else None,
        next=NextShown(step=label(coming[1]), at=coming[0]) if coming is not None else None,
        acknowledged_by=acknowledged,
        acknowledged_at=climb.acknowledged_at if acknowledged else None,
        pages=[
            PageShown(
                page=page.id,
                step=label(climb.step(page.step)),
                person=page.person,
                at=page.at,
                acknowledge_by=page.by,
                fate=page.fate,
            )
            for page in climb.pages
        ],
        deferred=[
            DeferredShown(step=label(climb.step(each.step)), person=each.person, until=each.until)
            for each in climb.deferred
        ],
    )
