"""`GET /v1/on-call`: who is there now, team by team, and when nobody will be."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from shared.contracts.instant import DAY, BadInstant, Instant, parse
from shared.ops.clock import Clock
from shared.ops.problems import Problem
from shared.ops.reader import Reader
from shared.policy.directory import Directory

LOOK_AHEAD = 90


class Gap(BaseModel):
    since: Instant
    until: Instant


class TeamShown(BaseModel):
    team: str
    title: str
    on_call: str | None
    secondary: str | None
    manager: str | None
    why: str = Field(description="By which shift, who is missing, or why there is nobody")
    gaps: list[Gap] = Field(description="When nobody of the team can be asked in the days ahead")


class OnCallShown(BaseModel):
    at: Instant
    teams: list[TeamShown]


def on_call_router(reader: Reader, directory: Directory, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["on call"])

    @router.get("/on-call", summary="Who is on call", dependencies=[Depends(reader)])
    async def on_call(
        at: Annotated[str | None, Query(description="An RFC 3339 instant; now, when it is left out")] = None,
        region: Annotated[str | None, Query(description="Shifts that are primary for it come first")] = None,
        days: Annotated[int, Query(ge=0, le=LOOK_AHEAD, description="How far to look for gaps")] = 7,
    ) -> OnCallShown:
        """Each team's person on call, who stands in, and the manager, by its shifts in their zones."""
        try:
            instant = clock.now() if at is None else parse(at)
        except BadInstant as wrong:
            raise Problem(422, "Unprocessable Content", f"`at`: {wrong}") from None
        return OnCallShown(
            at=instant, teams=[_team(directory, team, instant, region, days) for team in directory.teams]
        )

    return router


def _team(directory: Directory, team: str, at: int, region: str | None, days: int) -> TeamShown:
    duty = directory.on_call(team, at, region)
    manager, _ = directory.manager_of(team, at)
    return TeamShown(
        team=team,
        title=duty.team.title,
        on_call=duty.person.id if duty.person is not None else None,
        secondary=duty.second.id if duty.second is not None else None,
        manager=manager.id if manager is not None else None,
        why=duty.why,
        gaps=[
            Gap(since=since, until=until) for since, until in directory.uncovered([team], at, at + days * DAY)
        ],
    )
