"""`GET /v1/cases/{key}/clocks`: every cycle of every clock of a case, with what is left of it now."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.clock.domain.case import CaseClocks
from services.clock.domain.view import CycleShown, clocks_view
from shared.contracts.envelope import key_of
from shared.contracts.instant import Instant
from shared.ops.access import Caller
from shared.ops.case_path import CaseKey
from shared.ops.clock import Clock
from shared.ops.problems import Problem
from shared.ops.reader import Reader
from shared.policy.book import PolicyBook
from shared.stream.transient import TryAgain, transient

StateOf = Callable[[str], Awaitable[CaseClocks | None]]


class ClocksShown(BaseModel):
    case: str
    now: Instant
    policy: str | None = Field(description="The version that the case was opened under; null before that")
    phase: str | None = Field(description="open, resolved, closed or merged; null before it was opened")
    waiting: int = Field(description="How many facts wait for the case's opening")
    clocks: list[CycleShown]


def clocks_router(reader: Reader, state_of: StateOf, book: PolicyBook, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["clocks"])

    @router.get("/{key}/clocks", summary="The clocks of a case")
    async def clocks(key: CaseKey, caller: Annotated[Caller, Depends(reader)]) -> ClocksShown:
        """Every cycle of every clock, in the order of the policy.

        States: `running`, `paused`, `breached` (and still running), `breached, paused`, `met`, `met late`,
        `cancelled`, `cancelled late`. A paused cycle has no due instant; what is left is shown.
        """
        try:
            with transient():
                state = await state_of(key_of(caller.tenant, key))
        except TryAgain:
            detail = "The clocks cannot be read at the moment; ask again in a moment."
            raise Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"}) from None
        if state is None:
            detail = f"There is no case {key!r} here, or its first event is still on its way."
            raise Problem(404, "Not Found", detail)
        now, snapshot = clock.now(), state.snapshot
        return ClocksShown(
            case=key,
            now=now,
            policy=snapshot.pin.policy if snapshot else None,
            phase=snapshot.phase if snapshot else None,
            waiting=state.waiting,
            clocks=clocks_view(book, state, now),
        )

    return router
