"""A log of case events as JSON lines: one CloudEvent a line, in the order in which it is to be told."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.contracts.instant import BadInstant, parse, render


class BadLog(ValueError):
    """The log cannot be read; the message names file, line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Event:
    """What `POST /v1/events` takes, with its time as an instant."""

    id: str
    source: str
    type: str
    subject: str
    time: int
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": render(self.time),
            "data": self.data,
        }


def write_lines(events: Iterable[Event]) -> Iterator[str]:
    return (json.dumps(event.as_json(), ensure_ascii=False) + "\n" for event in events)


def read_lines(lines: Iterable[str], name: str) -> list[Event]:
    """The events of a log. Those of equal time keep their order.

    Raises:
        BadLog: a line is no event; the message names it.
    """
    events = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            sent = json.loads(line)
            event = Event(
                id=sent["id"],
                source=sent["source"],
                type=sent["type"],
                subject=sent["subject"],
                time=parse(sent["time"]),
                data=sent.get("data", {}),
            )
        except (json.JSONDecodeError, BadInstant) as wrong:
            raise BadLog(f"{name}:{number}: {wrong}") from None
        except (KeyError, TypeError) as wrong:
            raise BadLog(
                f"{name}:{number}: no event: {wrong} is missing; each line is one CloudEvent as JSON"
            ) from None
        events.append(event)
    return sorted(events, key=lambda event: event.time)
