"""`GET /v1/cases/{key}/escalation`: where a case lies, and every ladder that it climbs or has climbed."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.escalation.domain.case import CaseEscalation, Stage
from services.escalation.domain.view import LadderShown, PlaceShown, ladders_view, place_view
from shared.contracts.envelope import key_of
from shared.contracts.instant import Instant
from shared.ops.access import Caller
from shared.ops.case_path import CaseKey
from shared.ops.clock import Clock
from shared.ops.problems import Problem
from shared.ops.reader import Reader
from shared.stream.transient import TryAgain, transient

StateOf = Callable[[str], Awaitable[CaseEscalation | None]]


class EscalationShown(BaseModel):
    case: str
    now: Instant
    policy: str | None = Field(description="The version that the case was opened under; null without one")
    stage: Stage | None = Field(description="Null before it was opened")
    place: PlaceShown | None = Field(description="Where it lies; null while it lies nowhere")
    ladders: list[LadderShown]
    waiting: int = Field(description="How many facts of clocks wait for the case's opening or reopening")


def escalation_router(reader: Reader, state_of: StateOf, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["escalation"])

    @router.get("/{key}/escalation", summary="Where a case lies and who was asked")
    async def escalation(key: CaseKey, caller: Annotated[Caller, Depends(reader)]) -> EscalationShown:
        """The tier and person that have the case, and its ladders in the order in which they began.

        A ladder's phase: `climbing`, `acknowledged`, `exhausted` (no step is left and nobody acknowledged)
        or `ended` (with its clock or its case). A page's fate: `open`, `acknowledged`, `unanswered` or
        `withdrawn`.
        """
        try:
            with transient():
                case = await state_of(key_of(caller.tenant, key))
        except TryAgain:
            detail = "The escalation cannot be read at the moment; ask again in a moment."
            raise Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"}) from None
        if case is None:
            detail = f"There is no case {key!r} here, or its first event is still on its way."
            raise Problem(404, "Not Found", detail)
        return EscalationShown(
            case=key,
            now=clock.now(),
            policy=case.policy,
            stage=case.stage if case.opened else None,
            place=place_view(case),
            ladders=ladders_view(case),
            waiting=len(case.waiting),
        )

    return router
