"""Webhooks: a CloudEvent as JSON, signed as Standard Webhooks has it."""

import json
from collections.abc import Mapping

from services.notifier.channels.channel import Outgoing
from services.notifier.channels.posting import Answered, Poster
from services.notifier.channels.switch import Switch
from services.notifier.domain.outcome import Accepted, Outcome, Refused
from services.notifier.domain.signing import Endpoint, signature
from shared.contracts.instant import SECOND, render
from shared.ops.clock import Clock


class Webhook:
    """`endpoints` by name; a target that is itself a URL is signed with `keys`."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        keys: tuple[bytes, ...],
        poster: Poster,
        switch: Switch,
        clock: Clock,
    ) -> None:
        self._endpoints = endpoints
        self._keys = keys
        self._poster = poster
        self._switch = switch
        self._clock = clock

    async def send(self, outgoing: Outgoing) -> Outcome:
        endpoint = self._endpoints.get(outgoing.target) or Endpoint(outgoing.target, self._keys)
        if not endpoint.url.startswith(("http://", "https://")):
            return Refused(
                f"no webhook is named {outgoing.target!r}: TOCSIN_WEBHOOKS has {_names(self._endpoints)}"
            )
        if not endpoint.keys:
            return Refused("there is no secret to sign with: set TOCSIN_WEBHOOK_SECRET, or name the webhook")
        if await self._switch.is_off(endpoint.url):
            return Refused("switched off: it answered 410 Gone less than a day ago")
        body = render_event(outgoing)
        timestamp = self._clock.real_now() // SECOND
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": outgoing.effect,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(endpoint.keys, outgoing.effect, timestamp, body),
        }
        return await self._judge(await self._poster.post(endpoint.url, body, headers), endpoint.url)

    async def _judge(self, answer: Answered | Outcome, url: str) -> Outcome:
        if not isinstance(answer, Answered):
            return answer
        if 200 <= answer.status < 300:
            return Accepted(answer.text)
        if answer.status == 410:
            await self._switch.turn_off(url)
            return Refused(f"{answer.text} (switched off for a day)")
        return answer.not_taken()


def render_event(outgoing: Outgoing) -> bytes:
    """The body: the same for every attempt, as far as the message is."""
    message = outgoing.message
    event = {
        "specversion": "1.0",
        "id": outgoing.effect,
        "source": "tocsin/notifier",
        "type": message.type,
        "subject": message.case,
        "time": render(outgoing.planned_at),
        "datacontenttype": "application/json",
        "data": {**message.data, "summary": message.subject, "acknowledge": outgoing.link},
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _names(endpoints: Mapping[str, Endpoint]) -> str:
    return ", ".join(sorted(endpoints)) or "none"
