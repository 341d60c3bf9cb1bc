"""PagerDuty by its Events API v2: a trigger for each page, under a `dedup_key` that stays the same.

As its documentation has it, an event that comes again under the key of an open alert joins that alert, so
an attempt whose fate is unknown can be made again. 202 is its only yes.
"""

import json
from collections.abc import Mapping

from services.notifier.channels.channel import Outgoing
from services.notifier.channels.posting import Answered, Poster
from services.notifier.domain.outcome import Accepted, Outcome, Refused
from shared.contracts.instant import render

PATH = "/v2/enqueue"
LONGEST_SUMMARY = 1024
SEVERITIES = {"critical": "critical", "normal": "warning", "digest": "info"}
"""Of the alert, by how urgent the page is."""


class PagerDuty:
    """`keys`: the routing keys by the names that the directory calls them; `base`: https://host."""

    def __init__(self, keys: Mapping[str, str], poster: Poster, base: str) -> None:
        self._keys = keys
        self._poster = poster
        self._url = base.rstrip("/") + PATH

    async def send(self, outgoing: Outgoing) -> Outcome:
        key = self._keys.get(outgoing.target)
        if key is None:
            known = ", ".join(sorted(self._keys)) or "none"
            return Refused(f"no routing key has that name: TOCSIN_PAGERDUTY_KEYS has {known}")
        headers = {"Content-Type": "application/json"}
        answer = await self._poster.post(self._url, render_event(outgoing, key), headers, hide=key)
        if not isinstance(answer, Answered):
            return answer
        return Accepted(answer.text) if answer.status == 202 else answer.not_taken()


def render_event(outgoing: Outgoing, key: str) -> bytes:
    """The body: the same for every attempt, as far as the message is."""
    message = outgoing.message
    event = {
        "routing_key": key,
        "event_action": "trigger",
        "dedup_key": outgoing.effect,
        "client": "Tocsin",
        "payload": {
            "summary": message.subject[:LONGEST_SUMMARY],
            "source": outgoing.key,
            "severity": SEVERITIES.get(str(message.data.get("urgency")), "info"),
            "timestamp": render(outgoing.planned_at),
            "class": message.type,
            "custom_details": message.data,
        },
        "links": [{"href": outgoing.link, "text": "Acknowledge"}] if outgoing.link else [],
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
