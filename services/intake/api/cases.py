"""Reading: a case as intake knows it, and every event as it was sent. A tenant sees its own cases alone."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.intake.api.events import unauthorized
from services.intake.domain.case import Journalled, case_view
from services.intake.domain.refusals import Refusals
from shared.contracts.envelope import key_of
from shared.contracts.instant import render
from shared.ops.access import Access, Caller
from shared.ops.case_path import CaseKey
from shared.ops.problems import Problem
from shared.stream.transient import TryAgain, transient

PAGE = 100
LONGEST_PAGE = 1000
WHOLE = 1_000_000
"""Events of one case that are folded into its view."""


class CaseReads(NamedTuple):
    """Where the reads come from; both take the case's key with its tenant."""

    history: Callable[[str, int, int], Awaitable[list[Journalled]]]
    """(key, after, limit) -> events by position."""
    refusals: Callable[[str], Awaitable[Refusals | None]]


def case_router(access: Access, reads: CaseReads) -> APIRouter:
    """`GET /v1/cases/{key}` and its history."""

    async def reader(request: Request) -> Caller:
        with _available():
            caller = await access.authenticate(request.headers.get("authorization"))
        if caller is None:
            raise unauthorized()
        return caller

    router = APIRouter(prefix="/v1/cases", tags=["cases"])

    async def events(caller: Caller, case: str, after: int, limit: int) -> list[Journalled]:
        key = key_of(caller.tenant, case)
        with _available():
            found = await reads.history(key, after, limit)
            refused = await reads.refusals(key) or Refusals()
        if not found and not after:
            raise Problem(
                404, "Not Found", f"There is no case {case!r} here; its first event makes it known."
            )
        return [replace(event, refused=refused.reason(event.source, event.id)) for event in found]

    @router.get("/{key}", summary="What intake knows of a case")
    async def case(key: CaseKey, caller: Annotated[Caller, Depends(reader)]) -> Response:
        """Attributes, folded from the case's events in the order in which they happened.

        `life` is `waiting` until the case is opened (`waiting` then counts the events that wait), and after
        that `open`, `resolved`, `closed` or `merged`; `status` is the last one stated. What the clocks
        refused has no effect here.
        """
        journalled = await events(caller, key, 0, WHOLE)
        view = case_view((event, json.loads(event.text).get("data") or {}) for event in journalled)
        times = {"opened": view["opened"] and render(view["opened"])}
        return _json(
            json.dumps({"case": key, **view, **times, "events": len(journalled)}, ensure_ascii=False)
        )

    @router.get("/{key}/history", summary="Every event of a case, as it was sent")
    async def history(
        key: CaseKey,
        caller: Annotated[Caller, Depends(reader)],
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
        after: Annotated[int, Query(ge=0, le=2**53, description="`next` of the page before")] = 0,
    ) -> Response:
        """By position: the order in which they were accepted, 1, 2 … `received` is when that was.

        `event` is the text that was sent. `refused` gives the reason where the case's life did not allow the
        event, which was found out later; it had no effect then. `next` is null on the last page.
        """
        page = await events(caller, key, after, limit + 1)
        shown, more = page[:limit], len(page) > limit
        following = str(shown[-1].position) if more else "null"
        texts = ",".join(_entry(event) for event in shown)
        return _json(f'{{"case":{_text(key)},"events":[{texts}],"next":{following}}}')

    return router


@contextmanager
def _available() -> Iterator[None]:
    """The database away is 503, not a failure of ours."""
    try:
        with transient():
            yield
    except TryAgain:
        detail = "The journal cannot be read at the moment; ask again in a moment."
        raise Problem(503, "Service Unavailable", detail, headers={"Retry-After": "1"}) from None


def _entry(event: Journalled) -> str:
    # The event goes in as the text that it is: reading it and writing it again could change it.
    return (
        f'{{"position":{event.position},"received":{_text(render(event.received))},'
        f'"time":{_text(render(event.time))},"refused":{_text(event.refused)},"event":{event.text}}}'
    )


def _text(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(text: str) -> Response:
    return Response(text.encode(), media_type="application/json")
