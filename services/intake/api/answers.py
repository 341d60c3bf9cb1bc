"""Verdicts as HTTP: one is an answer by itself, those of a batch are results in an array."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.domain.admission import Taken, Verdict
from services.intake.domain.refusal import Refusal
from shared.ops.problems import NOSNIFF, Problem

URN = "urn:tocsin:problem:"
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_HEADERS = [
    (b"content-type", b"application/json"),
    *((name.lower().encode(), value.encode()) for name, value in NOSNIFF.items()),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON to be sent: an ASGI application, as every answer is."""

    status: int
    body: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        headers = [*_HEADERS, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def problem(refusal: Refusal) -> Problem:
    return Problem(
        refusal.status,
        refusal.title,
        refusal.detail,
        type=URN + refusal.reason,
        errors=[{"pointer": mistake.pointer, "detail": mistake.detail} for mistake in refusal.mistakes],
    )


def status(verdict: Verdict) -> int:
    if isinstance(verdict, Refusal):
        return verdict.status
    return 200 if verdict.repeated else 202


def single(verdict: Verdict) -> ASGIApp:
    if isinstance(verdict, Refusal):
        return problem(verdict).response()
    return Answer(status(verdict), _json(_said(verdict)))


def _said(taken: Taken) -> dict[str, Any]:
    return {"id": taken.id, "source": taken.source, "status": "repeated" if taken.repeated else "accepted"}


def batch(verdicts: Sequence[Verdict]) -> ASGIApp:
    """One result an item, in order, each with its own status code."""
    return Answer(200, _json([_result(verdict) for verdict in verdicts]))


def _result(verdict: Verdict) -> dict[str, Any]:
    if isinstance(verdict, Taken):
        return {**_said(verdict), "code": status(verdict)}
    identity = {"id": verdict.id, "source": verdict.source}
    return {**identity, "status": "refused", "code": verdict.status, "problem": problem(verdict).document()}


def _json(value: object) -> bytes:
    return _WRITER.encode(value).encode()
