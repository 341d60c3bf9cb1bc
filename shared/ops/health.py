"""How a process is doing: `/health/live`, `/health/ready` (says what is missing) and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

Check = Callable[[], Awaitable[str | None]]
"""What is missing and what to do about it, in a sentence; None when all is well."""

PATIENCE = 2.0  # seconds; what takes longer to answer is not ready


def health_router(checks: Mapping[str, Check]) -> APIRouter:
    """The routes; ready means that every one of the named checks is content."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        # That this answers is the answer; a loop that crashed has ended the process.
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        found = await asyncio.gather(*(_ask(check) for check in checks.values()))
        missing = {name: why for name, why in zip(checks, found, strict=True) if why is not None}
        body = {
            "status": "waiting" if missing else "ready",
            "checks": {n: missing.get(n, "ok") for n in checks},
        }
        return JSONResponse(body, status_code=503 if missing else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def database_answers(engine: AsyncEngine) -> Check:
    """Whether the database answers a question."""

    async def check() -> str | None:
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, SQLAlchemyError) as why:
            first_line = str(why).partition("\n")[0]
            return f"the database does not answer: {first_line}"
        return None

    return check


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except TimeoutError:
        return f"no answer within {PATIENCE:.0f} s"
