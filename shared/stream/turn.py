"""A turn: what one transaction heard, in which order, and at which instant. With it every decision can be
made again (docs/adr/0008-turns-are-recorded.md).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.instant import Instant
from shared.stream.wire import Record

TIME = -1
"""The place of the passing of time, where facts have theirs in what a turn heard."""


@dataclass(frozen=True, slots=True)
class Run:
    """Facts that follow one another on a topic."""

    topic: str
    first: int
    """The offset of the first."""
    count: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A dead letter that a person wished on, and how many were replayed or discarded with it."""

    key: str
    wish: str
    letters: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What went into one transaction: first the facts of the wire, then outcomes of calls, then time.

    `now` is product time, by which it was decided; `at` is physical. `outcomes` never travelled: they are
    written here whole. `under` names the release, the policies and whatever else the decisions hang on.
    """

    now: Instant
    at: Instant
    under: str
    heard: tuple[Run, ...] = ()
    outcomes: tuple[Record, ...] = ()
    woken: tuple[str, ...] = ()
    grant: Grant | None = None


def runs(batch: Sequence[Record]) -> tuple[Run, ...]:
    """The batch's facts by topic and offset, in the order in which they are heard."""
    found: list[Run] = []
    topic, first, end = "", 0, 0
    for record in batch:
        if record.topic != topic or record.offset != end:
            if end > first:
                found.append(Run(topic, first, end - first))
            topic, first = record.topic, record.offset
        end = record.offset + 1
    if end > first:
        found.append(Run(topic, first, end - first))
    return tuple(found)


def to_columns(turn: Turn) -> dict[str, Any]:
    """The turn as its row has it; what it lacks is null."""
    grant = turn.grant
    return {
        "now": turn.now,
        "at": turn.at,
        "under": turn.under,
        "heard": _json([[run.topic, run.first, run.count] for run in turn.heard]),
        "outcomes": _json([_outcome(record) for record in turn.outcomes]),
        "woken": _json(turn.woken),
        "granted": _json(grant and [grant.key, grant.wish, grant.letters]),
    }


def from_columns(row: Mapping[str, Any]) -> Turn:
    grant = row["granted"]
    return Turn(
        row["now"],
        row["at"],
        row["under"],
        tuple(Run(*run) for run in json.loads(row["heard"] or "[]")),
        tuple(
            Record("", partition, key, tuple((name, text.encode()) for name, text in headers), value.encode())
            for partition, key, headers, value in json.loads(row["outcomes"] or "[]")
        ),
        tuple(json.loads(row["woken"] or "[]")),
        Grant(*json.loads(grant)) if grant else None,
    )


def _outcome(record: Record) -> list[Any]:
    headers = [(name, text.decode()) for name, text in record.headers]
    return [record.partition, record.key, headers, record.value.decode()]


def _json(value: Any) -> str | None:
    return json.dumps(value, separators=(",", ":")) if value else None
