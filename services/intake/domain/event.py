"""One event as CloudEvents 1.0 and the vocabulary of contracts/case.py want it, or every mistake in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.intake.domain.json_text import Item
from services.intake.domain.refusal import Mistake, Refusal, choose, pointer
from shared.contracts.case import CASE_FACTS, CaseMerged, CaseSplit
from shared.contracts.case_said import CaseSaid
from shared.contracts.instant import BadInstant, Instant, parse, render
from shared.contracts.occasions import CaseAbsorbed

TYPES: Mapping[str, type[CaseSaid]] = {said.type: said for said in CASE_FACTS}
NAMES = ("id", "source", "subject")
CONTEXT = ("specversion", *NAMES, "type", "time", "datacontenttype", "dataschema", "data")
OURS = ("tenant", "sequence", "correlationid", "causationid", "traceparent", "partitionkey")
"""Names that the fact's own envelope uses on the wire. As extensions they are kept and shown, and stay here;
`traceparent` travels as the trace."""

_OF_ANOTHER: Mapping[str, tuple[str, str]] = {
    CaseMerged.type: ("into", "a case cannot be merged into itself"),
    CaseSplit.type: ("from_", "a case cannot be split off itself"),
    CaseAbsorbed.type: ("case", "a case cannot absorb itself"),
}
"""Where a type names another case, and why that must be another."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_EXTENSION = re.compile(r"[a-z0-9]+", re.ASCII)
_JSON_TYPE = re.compile(r"application/([\w.+-]+\+)?json\s*(;.*)?", re.ASCII | re.IGNORECASE)
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that is well formed. `time` is when it happened, for want of that when it was received."""

    id: str
    source: str
    subject: str
    time: Instant
    said: CaseSaid
    data: Mapping[str, Any]
    extensions: Mapping[str, str]
    trace: str
    text: str

    @property
    def type(self) -> str:
        return self.said.type


def check(item: Item, now: Instant, ahead: int) -> Event | Refusal:
    """The event in an item, or why it is none. It may lie `ahead` microseconds after `now` at most."""
    event = item.value
    if not isinstance(event, dict):
        return Refusal(
            422, "invalid", "Invalid event", "An event is a JSON object.", (Mistake("", "is no object"),)
        )
    if item.flaws:
        detail = "The text is JSON, but not such as every reader reads alike (RFC 7493)."
        return _refused(event, 400, "malformed", "Malformed JSON", detail, item.flaws)
    said, mistakes = _data(event)
    time = now if event.get("time") is None else _time(event["time"], now, ahead)
    extensions = {name: value for name, value in event.items() if name not in CONTEXT}
    mistakes = [
        *_context(event),
        *(time if isinstance(time, list) else ()),
        *_extensions(extensions),
        *mistakes,
    ]
    if mistakes or said is None or isinstance(time, list):
        detail = "One thing is wrong." if len(mistakes) == 1 else f"{len(mistakes)} things are wrong."
        told = f"{detail} Nothing was stored."
        return _refused(event, 422, "invalid", "Invalid event", told, tuple(mistakes))
    trace = extensions.get("traceparent")
    return Event(
        id=event["id"],
        source=event["source"],
        subject=event["subject"],
        time=time,
        said=said,
        data=event.get("data") or {},
        extensions={n: _spoken(v) for n, v in extensions.items() if n not in OURS and v is not None},
        trace=trace if isinstance(trace, str) and _TRACE.fullmatch(trace) else "",
        text=item.text,
    )


def _context(event: Mapping[str, Any]) -> Iterator[Mistake]:
    if event.get("specversion") != "1.0":
        yield Mistake("/specversion", 'must be "1.0": events follow CloudEvents 1.0')
    for member in NAMES:
        if wrong := _name(event.get(member)):
            yield Mistake(f"/{member}", wrong)
    content = event.get("datacontenttype")
    if content is not None and not (isinstance(content, str) and _JSON_TYPE.fullmatch(content)):
        yield Mistake("/datacontenttype", 'must be a JSON media type such as "application/json", or left out')
    schema = event.get("dataschema")
    if schema is not None and (wrong := _name(schema, most=2048)):
        yield Mistake("/dataschema", f"{wrong}, or be left out")


def _name(value: object, most: int = 256) -> str:
    if value is None:
        return "is required"
    if not isinstance(value, str):
        return "must be a string"
    if not value.strip():
        return "must not be blank" if value else "must not be empty"
    if len(value) > most:
        return f"has {len(value)} characters; at most {most} are taken"
    if control := _CONTROL.search(value):
        return f"holds the control character U+{ord(control.group()):04X}; leave it out"
    return ""


def _time(value: object, now: Instant, ahead: int) -> Instant | list[Mistake]:
    if not isinstance(value, str):
        return [Mistake("/time", "must be a string: an RFC 3339 date-time with a zone")]
    if len(value) > 100:
        return [
            Mistake("/time", "is far longer than an RFC 3339 date-time, for example 2026-03-01T09:00:00Z")
        ]
    try:
        time = parse(value)
    except BadInstant as wrong:
        return [Mistake("/time", str(wrong))]
    if time < 0:
        return [Mistake("/time", "lies before 1970-01-01T00:00:00Z; nothing earlier is taken")]
    if time > now + ahead:
        return [Mistake("/time", f"lies in the future; here it is {render(now)}: check the sender's clock")]
    return time


def _extensions(extensions: Mapping[str, Any]) -> Iterator[Mistake]:
    for name, value in extensions.items():
        where = pointer([name])
        if name == "data_base64":
            yield Mistake(where, "is not taken; send the data as JSON in `data`")
        elif not _EXTENSION.fullmatch(name):
            meant = f"; did you mean `{name.lower()}`?" if name.lower() in CONTEXT else ""
            yield Mistake(where, f"is no name of an extension attribute: those are of a-z and 0-9{meant}")
        elif isinstance(value, bool | None):
            pass
        elif isinstance(value, str):
            if control := _CONTROL.search(value):
                yield Mistake(
                    where, f"holds the control character U+{ord(control.group()):04X}; leave it out"
                )
        elif not isinstance(value, int) or not -(2**31) <= value < 2**31:
            yield Mistake(where, "an extension attribute is a string, a boolean or a 32-bit integer")


def _spoken(value: object) -> str:
    """An attribute's canonical string, by which CloudEvents travels in headers."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _data(event: Mapping[str, Any]) -> tuple[CaseSaid | None, list[Mistake]]:
    named = event.get("type")
    if not isinstance(named, str):
        wrong = "is required" if named is None else "must be a string"
        return None, [Mistake("/type", f"{wrong}. {choose('', TYPES)}")]
    model = TYPES.get(named)
    if model is None:
        return None, [Mistake("/type", f"{named[:256]!r} is not known. {choose(named, TYPES)}")]
    data = event.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        return None, [Mistake("/data", f"must be an object with what {named} says")]
    try:
        said = model.model_validate(data)
    except ValidationError as wrong:
        found = wrong.errors(include_url=False, include_input=False)
        return None, [_mistake(error, data) for error in found]
    itself = _itself(event.get("subject"), said)
    return said, [itself] if itself else []


def _itself(subject: object, said: CaseSaid) -> Mistake | None:
    member, wrong = _OF_ANOTHER.get(said.type, ("", ""))
    if not member or getattr(said, member) != subject:
        return None
    return Mistake(pointer(["data", member.rstrip("_")]), f"is this very case; {wrong}")


def _mistake(error: ErrorDetails, data: Mapping[str, Any]) -> Mistake:
    where = pointer(["data", *error["loc"]])
    limits = error.get("ctx", {})
    match error["type"]:
        case "missing":
            name = str(error["loc"][-1])
            alike = next((given for given in data if given.casefold() == name), None)
            return Mistake(where, f"is required{f'; {alike!r} was given' if alike else ''}")
        case "string_type":
            return Mistake(where, "must be a string")
        case "list_type":
            return Mistake(where, "must be an array of strings")
        case "string_too_short":
            return Mistake(where, "must not be empty")
        case "string_too_long":
            return Mistake(where, f"is too long; at most {limits['max_length']} characters are taken")
        case "too_long":
            return Mistake(where, f"holds too many; at most {limits['max_length']} are taken")
        case "literal_error":
            return Mistake(where, f"must be {limits['expected']}")
        case _:
            return Mistake(where, error["msg"])


def _refused(
    event: Mapping[str, Any], status: int, reason: str, title: str, detail: str, mistakes: tuple[Mistake, ...]
) -> Refusal:
    id, source = _shown(event.get("id")), _shown(event.get("source"))
    return Refusal(status, reason, title, detail, mistakes, id, source)


def _shown(value: object) -> str | None:
    """An id or source worth showing in a refusal."""
    return value if isinstance(value, str) and not _name(value) and value.isprintable() else None
