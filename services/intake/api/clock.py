"""`GET /v1/clock`: the time in which this system lives. Whoever replays a log keeps to it."""

from fastapi import APIRouter
from pydantic import BaseModel

from shared.contracts.instant import Instant
from shared.ops.clock import Clock, TimeLapse


class ClockShown(BaseModel):
    """In real time `speed` is 1 and there is no origin; a time-lapse was at `origin` at `anchor`."""

    now: Instant
    origin: Instant | None = None
    anchor: Instant | None = None
    speed: int = 1


def clock_router(clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["clock"])

    @router.get("/clock", summary="Product time")
    async def now() -> ClockShown:
        if isinstance(clock, TimeLapse):
            return ClockShown(now=clock.now(), origin=clock.origin, anchor=clock.anchor, speed=clock.speed)
        return ClockShown(now=clock.now())

    return router
