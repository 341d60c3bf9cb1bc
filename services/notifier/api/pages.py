"""Acknowledging by systems: `POST /v1/pages/{page}/acknowledge` with an API key."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from services.notifier.api.reading import Ledger, available, page_of
from services.notifier.domain.acknowledging import Acknowledged, Acknowledging
from shared.contracts.envelope import key_of
from shared.contracts.instant import render
from shared.ops.access import Caller
from shared.ops.problems import Problem, pointer
from shared.ops.reader import Reader

Acknowledge = Callable[[Acknowledging], Awaitable[Acknowledged]]
"""Durable when it returns."""

LARGEST = 16_384
Line = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]


class AcknowledgeRequest(BaseModel):
    """`case`: the case's key, as it was posted; `by`: whoever takes it on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    case: Line
    by: Line


def pages_router(reader: Reader, ledger: Ledger, acknowledge: Acknowledge) -> APIRouter:
    router = APIRouter(prefix="/v1/pages", tags=["pages"])
    body = {"content": {"application/json": {"schema": AcknowledgeRequest.model_json_schema()}}}

    @router.post("/{page:path}/acknowledge", summary="Take a page on", openapi_extra={"requestBody": body})
    async def take_on(
        page: str, request: Request, caller: Annotated[Caller, Depends(reader)]
    ) -> dict[str, str]:
        """The first acknowledgement counts; a later one is told whose that was. Durable before the answer.

        Body: `{"case": the case's key, "by": whoever takes it on}`.
        """
        asked = await _read(request)
        key = key_of(caller.tenant, asked.case)
        found = await page_of(ledger, key, page)
        with available():
            done = await acknowledge(Acknowledging(key, page, found.round, asked.by))
        return {
            "page": page,
            "case": asked.case,
            "by": done.person,
            "at": render(done.at),
            "status": "acknowledged" if done.first else "already acknowledged",
        }

    return router


async def _read(request: Request) -> AcknowledgeRequest:
    read = b""
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST:
            raise Problem(413, "Content Too Large", f"At most {LARGEST} bytes are taken here.")
    try:
        return AcknowledgeRequest.model_validate_json(read)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False, include_context=False)
    if errors[0]["type"] == "json_invalid":
        raise Problem(400, "Bad Request", "The body is not JSON.")
    raise Problem(
        422,
        "Unprocessable Content",
        'Send {"case": the case\'s key, "by": whoever takes it on}.',
        errors=[{"pointer": pointer(error["loc"]), "detail": error["msg"]} for error in errors],
    )
