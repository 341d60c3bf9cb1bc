"""Which bodies are taken: structured CloudEvents in JSON, one or a batch, uncompressed, UTF-8."""

from services.intake.api.body import Headers
from shared.ops.problems import Problem

ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
EITHER = "application/json"


def media_type(headers: Headers) -> str:
    """One of the three, or Problem 415."""
    encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    if encoding not in ("", "identity"):
        detail = f"Bodies compressed with {encoding[:40]!r} are not taken; send them as they are."
        raise Problem(415, "Unsupported Media Type", detail, headers={"Accept-Encoding": "identity"})
    named, *parameters = headers.get(b"content-type", b"").decode("latin-1").split(";")
    kind = named.strip().lower()
    accepted = f"{ONE}, {BATCH} or {EITHER}"
    if kind not in (ONE, BATCH, EITHER):
        raise _refused(
            f"{named.strip()[:80]!r} is not taken" if kind else "No Content-Type is given", accepted
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            raise _refused("JSON is UTF-8; another charset is not taken", accepted)
    if kind == EITHER and b"ce-specversion" in headers:
        raise _refused("CloudEvents' binary mode is not taken", f"structured events: {accepted}")
    return kind


def _refused(wrong: str, accepted: str) -> Problem:
    return Problem(415, "Unsupported Media Type", f"{wrong}; send {accepted}.", headers={"Accept": accepted})
