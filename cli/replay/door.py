"""The door of a running system, knocked on until it answers: the same events with the same ids, in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from cli.events import Event
from shared.ops.clock import RealClock

AT_ONCE = 100
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 2_000_000  # µs of physical time


class DoorClosed(Exception):
    """The door answers, and will not open; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Refusal:
    event: Event
    why: str


@dataclass(slots=True)
class Tally:
    """What the door has answered so far."""

    accepted: int = 0
    repeated: int = 0
    """Sent again because the first answer was lost, and known already."""
    again: int = 0
    """Requests that had to be sent again."""
    refused: list[Refusal] = field(default_factory=list)


class Door:
    """Posts batches. Whoever keeps a case's events in one sequence of calls keeps their order."""

    def __init__(self, client: httpx2.AsyncClient, url: str, patience: int) -> None:
        """`patience`: how long one batch may stay unanswered, in physical µs."""
        self._client = client
        self._url = f"{url}/v1/events"
        self._patience = patience
        self._clock = RealClock()
        self.tally = Tally()

    async def post(self, events: Sequence[Event]) -> None:
        """Return when each of them is durable or refused.

        Raises:
            DoorClosed: the door refuses the batch as a whole, or is away for longer than the patience.
        """
        body = [event.as_json() for event in events]
        until = self._clock.now() + self._patience
        wait = 20_000
        while True:
            trouble, after = "", 0
            try:
                answer = await self._client.post(self._url, json=body)
            except httpx2.TransportError as wrong:  # refused, reset, timed out: its fate is unknown
                trouble = f"{type(wrong).__name__}: {wrong}"
            else:
                if answer.status_code == httpx2.codes.OK:
                    self._count(events, answer.json())
                    return
                trouble = f"{answer.status_code}: {answer.text[:500]}"
                if answer.status_code not in _AGAIN:
                    raise DoorClosed(f"{self._url} says {trouble}")
                after = _seconds(answer.headers.get("retry-after", ""))
            if self._clock.now() > until:
                raise DoorClosed(f"{self._url} does not take events: {trouble}")
            self.tally.again += 1
            await self._clock.sleep_until(self._clock.now() + max(wait, min(after, _LONGEST_WAIT)))
            wait = min(wait * 2, _LONGEST_WAIT)

    def _count(self, events: Sequence[Event], results: Sequence[dict[str, Any]]) -> None:
        for event, result in zip(events, results, strict=True):
            match result.get("status"):
                case "accepted":
                    self.tally.accepted += 1
                case "repeated":
                    self.tally.repeated += 1
                case _:
                    self.tally.refused.append(Refusal(event, str(result)))


def _seconds(retry_after: str) -> int:
    return int(retry_after) * 1_000_000 if retry_after.isdecimal() else 0
