"""Verdicts as HTTP: one is an answer by itself, those of a batch are results in an array."""

import json
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from services.intake.domain.admission import Taken, Verdict
from services.intake.domain.refusal import Refusal
from shared.ops.problems import Problem

URN = "urn:tocsin:problem:"


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


def single(verdict: Verdict) -> Response:
    if isinstance(verdict, Refusal):
        return problem(verdict).response()
    return Response(_json(_said(verdict)), status(verdict), media_type="application/json")


def _said(taken: Taken) -> dict[str, Any]:
    return {"id": taken.id, "source": taken.source, "status": "repeated" if taken.repeated else "accepted"}


def batch(verdicts: Sequence[Verdict]) -> Response:
    """One result an item, in order, each with its own status code."""
    return Response(_json([_result(verdict) for verdict in verdicts]), media_type="application/json")


def _result(verdict: Verdict) -> dict[str, Any]:
    if isinstance(verdict, Taken):
        return {**_said(verdict), "code": status(verdict)}
    identity = {"id": verdict.id, "source": verdict.source}
    return {**identity, "status": "refused", "code": verdict.status, "problem": problem(verdict).document()}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
