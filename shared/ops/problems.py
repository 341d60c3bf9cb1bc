"""Every refusal over HTTP is a problem document (RFC 9457) that says what was wrong, where and what to do.

Nothing of our insides is in one: no trace, no SQL, no path. `install` gives an application all of it, also
for what the framework refuses by itself: 404, 405 (with `Allow`), 422 and 500.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NotRequired, TypedDict

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"


class Mistake(TypedDict):
    """One thing wrong: where (an RFC 6901 JSON pointer, or the parameter), what, and the way out."""

    pointer: NotRequired[str]
    parameter: NotRequired[str]
    detail: str


class Problem(Exception):
    """A refusal: raised, or returned as a value. `headers` go with the answer (`Retry-After`, `Allow` …)."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        type: str = "about:blank",
        errors: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.type = type
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The problem as JSON members; `errors` only where there are some."""
        said = {"type": self.type, "title": self.title, "status": self.status, "detail": self.detail}
        return {**said, "errors": [dict(mistake) for mistake in self.errors]} if self.errors else said

    def body(self) -> bytes:
        return json.dumps(self.document(), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "backslashreplace"
        )

    def response(self) -> Response:
        return Response(self.body(), self.status, self.headers | NOSNIFF, media_type=MEDIA_TYPE)


NOSNIFF = {"X-Content-Type-Options": "nosniff"}


class NoSniff:
    """Puts `X-Content-Type-Options: nosniff` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(NOSNIFF)
            await send(message)

        await self._app(scope, receive, send_marked if scope["type"] == "http" else send)


def install(app: FastAPI) -> None:
    """Make the application answer every refusal and every failure with a problem document."""
    app.add_middleware(NoSniff)
    app.exception_handlers.update(
        {
            Problem: _problem,
            HTTPException: _framework,
            RequestValidationError: _validation,
            Exception: _failure,
        }
    )


def guarded(app: ASGIApp) -> ASGIApp:
    """An application without a framework, whose failures are answered as those of one with `install` are."""
    return ServerErrorMiddleware(app, handler=_failure)


def _problem(_request: Request, problem: Problem) -> Response:
    return problem.response()


def _framework(request: Request, refused: HTTPException) -> Response:
    status = HTTPStatus(refused.status_code)
    headers = dict(refused.headers or {})
    method, path = request.method, request.url.path
    if status is HTTPStatus.NOT_FOUND and refused.detail == status.phrase:
        detail = f"There is nothing at {path}."
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        detail = f"{method} is not possible here; allowed: {headers['Allow']}."
    else:
        detail = str(refused.detail)
    return Problem(status.value, status.phrase, detail, headers=headers).response()


def allowed_methods(request: Request) -> list[str]:
    """The methods of all routes at the request's path, not only of the first that the router met."""
    found: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found)


def _validation(_request: Request, refused: RequestValidationError) -> Response:
    return Problem(
        422,
        "Unprocessable Content",
        "Some of what was sent is not what is expected here.",
        errors=[_mistake(error) for error in refused.errors()],
    ).response()


def _mistake(error: Mapping[str, Any]) -> Mistake:
    place, *rest = error["loc"]
    if place == "body":
        return {"pointer": pointer(rest), "detail": error["msg"]}
    return {"parameter": ".".join(map(str, rest)), "detail": f"{error['msg']} ({place})"}


def pointer(path: Sequence[str | int]) -> str:
    """An RFC 6901 JSON pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _failure(_request: Request, _failure: Exception) -> Response:
    # The server logs the exception itself: starlette raises it again after this answer.
    return Problem(
        500,
        "Internal Server Error",
        "Something failed here that should not have. It has been logged; the same request may be sent again.",
    ).response()
