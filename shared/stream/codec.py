"""Facts to records and back: CloudEvents 1.0, binary mode. The only place that knows a fact's bytes."""

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from shared.contracts.envelope import NO_EXTENSIONS, Fact, Said, Unknown, partition_of
from shared.contracts.instant import parse, render
from shared.contracts.topics import FACTS
from shared.stream.wire import Headers, Record

_ENVELOPE = "specversion id source type subject time tenant sequence"
_MORE = "correlationid causationid traceparent partitionkey"
_OWN = frozenset(("content-type", *(f"ce_{name}" for name in f"{_ENVELOPE} {_MORE}".split())))
_ALWAYS = (("content-type", b"application/json"), ("ce_specversion", b"1.0"))
_TYPE_AT = len(_ALWAYS) + 2
"""Where `encode` puts the type; others may put it anywhere."""
_UNREAD = Unknown()
# Every fact passes here several times: pydantic's own, without the methods of a model around them.
_KNOWN: tuple[type[Said], ...] = (Unknown, *FACTS.values())
_READ: Mapping[str, Callable[[bytes], Said]] = {
    said.type: said.__pydantic_validator__.validate_json for said in _KNOWN
}


class Unreadable(Exception):
    """A record that is no fact of ours; the message says why. It becomes a dead letter."""


def encode(fact: Fact, partitions: int, value: bytes | None = None) -> Record:
    """A fact as a record. `value` is its data as JSON where the caller has it already."""
    if value is None:
        value = fact.data.__pydantic_serializer__.to_json(fact.data, by_alias=True, exclude_none=True)
    return Record(fact.topic, partition_of(fact.key, partitions), fact.key, _headers(fact), value)


def _headers(fact: Fact) -> Headers:
    tenant, _, case = fact.key.partition("/")
    pairs = [
        *_ALWAYS,
        ("ce_id", fact.id.encode()),
        ("ce_source", fact.source.encode()),
        ("ce_type", fact.type.encode()),
        ("ce_subject", case.encode()),
        ("ce_time", render(fact.time).encode()),
        ("ce_tenant", tenant.encode()),
        ("ce_sequence", b"%010d" % fact.sequence),
    ]
    if fact.correlation:
        pairs.append(("ce_correlationid", fact.correlation.encode()))
    if fact.causation:
        pairs.append(("ce_causationid", fact.causation.encode()))
    if fact.trace:
        pairs.append(("ce_traceparent", fact.trace.encode()))
    if fact.extensions:
        pairs += [(f"ce_{name}", text.encode()) for name, text in fact.extensions.items() if text]
    return tuple(pairs)


def type_of(record: Record) -> str | None:
    """The type of the fact in a record, read no further; None where it names none."""
    if len(record.headers) > _TYPE_AT and record.headers[_TYPE_AT][0] == "ce_type":
        return record.headers[_TYPE_AT][1].decode()
    return next((text.decode() for name, text in record.headers if name == "ce_type"), None)


def decode(record: Record, heeds: frozenset[str] | None = None) -> Fact:
    """The fact in a record; its data is `Unknown` where its type is not known here, or not among `heeds`.

    Raises:
        Unreadable: the envelope or the data is not what the contract says.
    """
    named = dict(record.headers)
    try:
        kind = named["ce_type"].decode()
        if heeds is not None and kind not in heeds:
            data: Said = _UNREAD
        else:
            data = _READ.get(kind, _READ[""])(record.value)
        return Fact(
            record.key,
            parse(named["ce_time"].decode()),
            data,
            named["ce_source"].decode(),
            named["ce_id"].decode(),
            record.topic,
            int(named["ce_sequence"]),
            named.get("ce_correlationid", b"").decode(),
            named.get("ce_causationid", b"").decode(),
            named.get("ce_traceparent", b"").decode(),
            NO_EXTENSIONS if named.keys() <= _OWN else _extensions(named),
        )
    except KeyError as missing:
        raise Unreadable(f"the header {missing.args[0]} is missing") from None
    except (ValidationError, ValueError) as wrong:
        raise Unreadable(f"{type(wrong).__name__}: {wrong}") from None


def _extensions(named: Mapping[str, bytes]) -> Mapping[str, str]:
    return {
        name[3:]: text.decode() for name, text in named.items() if name not in _OWN and name.startswith("ce_")
    }
