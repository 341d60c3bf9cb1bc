"""`GET /v1/cases/{key}/clocks`: every cycle of every clock of a case, with what is left of it now.

`GET /v1/cases/{key}/clocks/{clock}/explanation`: why one clock says what it says.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.clock.domain.case import CaseClocks
from services.clock.domain.explanation import Explanation, explain
from services.clock.domain.view import (
    AgreedSeverity,
    CycleShown,
    ExceptionShown,
    agreed_view,
    clocks_view,
    exceptions_view,
)
from shared.contracts.envelope import key_of
from shared.contracts.instant import Instant
from shared.ops.access import Caller
from shared.ops.case_path import CaseKey, decode_key
from shared.ops.clock import Clock
from shared.ops.problems import Problem
from shared.ops.reader import Reader
from shared.policy.book import PolicyBook
from shared.policy.reading import nearest
from shared.stream.transient import TryAgain, transient

StateOf = Callable[[str], Awaitable[CaseClocks | None]]


class ClocksShown(BaseModel):
    case: str
    now: Instant
    policy: str | None = Field(description="The version in force for the case; null before it was opened")
    phase: str | None = Field(description="open, resolved, closed or merged; null before it was opened")
    waiting: int = Field(description="How many facts wait for the case's opening")
    severity: AgreedSeverity | None = Field(description="As it is now, and how it was agreed on")
    exceptions: list[ExceptionShown] = Field(description="Every exception that was requested")
    clocks: list[CycleShown]


def clocks_router(reader: Reader, state_of: StateOf, book: PolicyBook, time: Clock) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["clocks"])

    async def known(key: str, caller: Caller) -> CaseClocks:
        try:
            with transient():
                state = await state_of(key_of(caller.tenant, key))
        except TryAgain:
            detail = "The clocks cannot be read at the moment; ask again in a moment."
            raise Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"}) from None
        if state is None:
            detail = f"There is no case {key!r} here, or its first event is still on its way."
            raise Problem(404, "Not Found", detail)
        return state

    @router.get("/{key}/clocks", summary="The clocks of a case")
    async def clocks(key: CaseKey, caller: Annotated[Caller, Depends(reader)]) -> ClocksShown:
        """Every cycle of every clock, in the order of the policy.

        States: `running`, `paused`, `breached` (and still running), `breached, paused`, `excused` (past its
        target under an approved exception), `excused, paused`, `met`, `met excused`, `met late`,
        `cancelled`, `cancelled late`. A paused cycle has no due instant; what is left is shown.
        """
        state = await known(key, caller)
        now, snapshot = time.now(), state.snapshot
        return ClocksShown(
            case=key,
            now=now,
            policy=snapshot.version if snapshot else None,
            phase=snapshot.phase if snapshot else None,
            waiting=state.waiting,
            severity=agreed_view(state),
            exceptions=exceptions_view(state),
            clocks=clocks_view(book, state, now),
        )

    @router.get("/{key}/clocks/{clock}/explanation", summary="Why a clock says what it says")
    async def explanation(
        key: CaseKey, clock: str, caller: Annotated[Caller, Depends(reader)]
    ) -> Explanation:
        """Of every cycle: the rules that were taken, the start, each open interval counted, each pause with
        its cause, each change before and after, to the due instant. The time counted up to it is the budget.
        """
        state, clock = await known(key, caller), decode_key(clock)
        explained = explain(book, state, clock, time.now())
        if explained is None:
            names = book.pinned(state.snapshot.version).clocks if state.snapshot else {}
            hint = f" ({nearest(clock, sorted(names))})" if names else ": nobody has opened the case yet"
            raise Problem(404, "Not Found", f"The case {key!r} has no clock {clock!r}{hint}.")
        return explained

    return router
