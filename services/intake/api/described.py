"""The OpenAPI description of `POST /v1/events`, made from the contract's own models; and what was chosen."""

from typing import Any

from fastapi import FastAPI

from services.intake.api.media import BATCH, EITHER, ONE
from services.intake.domain.event import TYPES
from shared.contracts.case_said import CaseSaid
from shared.ops.problems import MEDIA_TYPE

TELLS = """What other systems say about cases: one CloudEvent 1.0 in JSON, or a batch of 1 to 1,000.

**Answers.** 202 once the event is durable; 200 for the same `source` + `id` with the same content (compared
as canonical JSON, RFC 8785); 409 for other content. A batch answers 200 with one result an item, in order,
each with its own `code` and, where refused, its `problem`, whose pointers are into the item. A refused id
stays free.

**Checked in this order:** key (401), media type (415), rate (429), size (413) and haste (408), JSON (400),
shape and meaning (422, every mistake at once), right to speak for the `source` (403), identity (200 or
409), and what a case's life cannot allow (422). 503 with `Retry-After`: nothing was promised; send it again
under the same id.

**Where the standards leave a choice:**
- Text is kept as sent: no normalisation. `id`, `source` and `subject` may hold any Unicode but control
  characters, up to 256 code points.
- A byte order mark, repeated names, lone surrogates, U+0000, numbers beyond an IEEE double and nesting
  beyond 32 levels are refused with 400; in a batch they are the item's own fault. `NaN` and text that is no
  JSON are the whole body's. Integers beyond 2^53 are compared as the nearest double (RFC 7493); the history
  shows their digits.
- `null` for an optional attribute is as if it were left out, but it is part of the content that is
  compared.
- Extension attributes: names of a-z and 0-9, any length; strings without control characters, booleans,
  32-bit integers. `tenant`, `sequence`, `correlationid`, `causationid`, `partitionkey` are kept and shown,
  and do not travel: the names are used inside. A well-formed `traceparent` travels as the trace.
- Without `time` an event happened when it was received. A leap second is the next second. Digits beyond
  microseconds are cut. `time` may lie 5 minutes ahead (a setting), and as far back as 1970.
- The policy in force is that of the case's opening; of a case that nobody opened yet, no more is checked
  than can be known, and the event waits (202).
- A case is opened once: a second `case.opened` is 422. Whether it can be closed or reopened depends on what
  may still arrive late: that is accepted, and shown in the history with the reason where it had no effect.
- Compressed bodies and CloudEvents' binary mode are refused with 415; a `charset` other than UTF-8 too."""

OPENED = {
    "specversion": "1.0",
    "id": "2026-0001",
    "source": "demo",
    "type": "case.opened",
    "subject": "CASE-1",
    "time": "2026-03-01T09:00:00Z",
    "data": {"customer": "demo", "severity": "P1", "kind": "problem", "title": "Production is down"},
}
REPLIED = {
    "specversion": "1.0",
    "id": "2026-0002",
    "source": "demo",
    "type": "support.replied",
    "subject": "CASE-1",
    "time": "2026-03-01T09:04:30.25+01:00",
    "data": {"message": "m-17"},
}
ACCEPTED = {"id": "2026-0001", "source": "demo", "status": "accepted"}
REFUSED = {
    "type": "urn:tocsin:problem:invalid",
    "title": "Invalid event",
    "status": 422,
    "detail": "One thing is wrong. Nothing was stored.",
    "errors": [{"pointer": "/time", "detail": "lies in the future; …"}],
}
REFUSALS = {
    "400": "No JSON, or such as two readers would read differently",
    "401": "No valid key; `WWW-Authenticate: Bearer`",
    "403": "The key is not bound to this `source`",
    "408": "The body did not arrive in time",
    "409": "This `source` and `id` were accepted with other content",
    "413": "Too large, or too many events",
    "415": "Not a media type that is taken",
    "422": "Shape or meaning is wrong: every mistake with its JSON pointer",
    "429": "Above the tenant's rate; `Retry-After`",
    "503": "Nothing can be made durable at the moment; `Retry-After`",
}


def describe(app: FastAPI) -> None:
    """Add the door to the application's description; the routes must all be there already."""
    schema = app.openapi()
    parts = schema.setdefault("components", {}).setdefault("schemas", {})
    parts |= _schemas()
    schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"key": []}]
    schema["paths"] = {"/v1/events": {"post": _operation()}, **schema["paths"]}
    app.openapi_schema = schema


def _operation() -> dict[str, Any]:
    one = {"schema": _ref("Event"), "examples": {"opened": {"value": OPENED}, "replied": {"value": REPLIED}}}
    many = {"schema": _ref("Batch"), "example": [OPENED, REPLIED]}
    either = {"schema": {"oneOf": [_ref("Event"), _ref("Batch")]}, "example": OPENED}
    refused = {"id": "2026-0002", "source": "demo", "status": "refused", "code": 422, "problem": REFUSED}
    results = [ACCEPTED | {"code": 202}, refused]
    return {
        "tags": ["events"],
        "operationId": "post_events",
        "summary": "Say what happened to cases",
        "description": TELLS,
        "requestBody": {"required": True, "content": {ONE: one, BATCH: many, EITHER: either}},
        "responses": {
            "202": _answer("Accepted: it is durable", _ref("Result"), ACCEPTED),
            "200": _answer(
                "One event: it was accepted before. A batch: one result an item.",
                {"oneOf": [_ref("Result"), {"type": "array", "items": _ref("Result")}]},
                results,
            ),
            **{code: _refusal(why) for code, why in REFUSALS.items()},
        },
    }


def _answer(tells: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"description": tells, "content": {"application/json": {"schema": schema, "example": example}}}


def _refusal(tells: str) -> dict[str, Any]:
    return {"description": tells, "content": {MEDIA_TYPE: {"schema": _ref("Problem")}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    kinds = {said.__name__: _event(name, said) for name, said in TYPES.items()}
    mapping = {name: _ref(said.__name__)["$ref"] for name, said in TYPES.items()}
    event = {
        "oneOf": [_ref(name) for name in kinds],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    mistake = {"type": "object", "properties": {"pointer": _text(), "parameter": _text(), "detail": _text()}}
    problem = {name: _text() for name in ("type", "title", "detail")} | {
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": mistake},
    }
    result = {
        "id": _text(),
        "source": _text(),
        "status": {"enum": ["accepted", "repeated", "refused"]},
        "code": {"type": "integer", "description": "In a batch: this item's own status code"},
        "problem": _ref("Problem"),
    }
    return kinds | {
        "Event": event,
        "Batch": {"type": "array", "items": _ref("Event"), "minItems": 1, "maxItems": 1000},
        "Result": {"type": "object", "required": ["id", "source", "status"], "properties": result},
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": problem,
        },
    }


def _event(name: str, said: type[CaseSaid]) -> dict[str, Any]:
    data = said.model_json_schema(by_alias=True)
    for told in (data, *data.get("properties", {}).values()):
        told.pop("title", None)  # pydantic's titles only repeat the names
    identity = {"type": "string", "minLength": 1, "maxLength": 256}
    return {
        "type": "object",
        "description": (said.__doc__ or "").strip().partition("\n\n")[0],
        "required": ["specversion", "id", "source", "type", "subject"]
        + (["data"] if data.get("required") else []),
        "properties": {
            "specversion": {"const": "1.0"},
            "id": identity,
            "source": identity,
            "type": {"const": name},
            "subject": identity | {"description": "The case's key in the sender's system"},
            "time": {"type": "string", "format": "date-time"},
            "data": data,
        },
        "additionalProperties": {"type": ["string", "boolean", "integer", "null"]},
    }


def _text() -> dict[str, Any]:
    return {"type": "string"}
