"""Facts to records and back: CloudEvents 1.0, binary mode. The only place that knows a fact's bytes."""

from collections.abc import Mapping

from pydantic import ValidationError

from shared.contracts.envelope import Fact, Unknown, partition_of, tenant_of
from shared.contracts.instant import parse, render
from shared.contracts.topics import FACTS
from shared.stream.wire import Headers, Record

_OWN = frozenset(
    {
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "tenant",
        "sequence",
        "correlationid",
        "causationid",
    }
    | {"traceparent", "partitionkey"}
)


class Unreadable(Exception):
    """A record that is no fact of ours; the message says why. It becomes a dead letter."""


def encode(fact: Fact, partitions: int, value: bytes | None = None) -> Record:
    """A fact as a record. `value` is its data as JSON where the caller has it already."""
    if value is None:
        value = fact.data.model_dump_json(by_alias=True, exclude_none=True).encode()
    return Record(fact.topic, partition_of(fact.key, partitions), fact.key, _headers(fact), value)


def _headers(fact: Fact) -> Headers:
    named = {
        "specversion": "1.0",
        "id": fact.id,
        "source": fact.source,
        "type": fact.type,
        "subject": fact.case,
        "time": render(fact.time),
        "tenant": tenant_of(fact.key),
        "sequence": f"{fact.sequence:010}",
        "correlationid": fact.correlation,
        "causationid": fact.causation,
        "traceparent": fact.trace,
        **fact.extensions,
    }
    pairs = [("content-type", b"application/json")]
    pairs += [(f"ce_{name}", text.encode()) for name, text in named.items() if text]
    return tuple(pairs)


def decode(record: Record) -> Fact:
    """The fact in a record; its data is `Unknown` where its type is not known here.

    Raises:
        Unreadable: the envelope or the data is not what the contract says.
    """
    named = {name[3:]: text for name, text in record.headers if name.startswith("ce_")}
    try:
        said = FACTS.get(named["type"].decode(), Unknown)
        return Fact(
            key=record.key,
            time=parse(named["time"].decode()),
            data=said.model_validate_json(record.value),
            source=named["source"].decode(),
            id=named["id"].decode(),
            topic=record.topic,
            sequence=int(named["sequence"]),
            correlation=named.get("correlationid", b"").decode(),
            causation=named.get("causationid", b"").decode(),
            trace=named.get("traceparent", b"").decode(),
            extensions=_extensions(named),
        )
    except KeyError as missing:
        raise Unreadable(f"the header ce_{missing.args[0]} is missing") from None
    except (ValidationError, ValueError) as wrong:
        raise Unreadable(f"{type(wrong).__name__}: {wrong}") from None


def _extensions(named: Mapping[str, bytes]) -> Mapping[str, str]:
    return {name: text.decode() for name, text in named.items() if name not in _OWN}
