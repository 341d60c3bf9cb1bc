"""Webhooks: a CloudEvent as JSON, signed as Standard Webhooks has it, to where the guard lets it go."""

import json
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx2

from services.notifier.channels.channel import Outgoing
from services.notifier.channels.guard import Forbidden, Guard
from services.notifier.channels.switch import Switch
from services.notifier.domain.outcome import Accepted, Outcome, Refused, TryAgain, Unknown
from services.notifier.domain.signing import Endpoint, signature
from services.notifier.domain.words import one_line
from shared.contracts.instant import DAY, SECOND, from_datetime, render
from shared.ops.clock import Clock

TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
ANSWER_BYTES = 2048
"""So much of an answer is read, as evidence; the rest is nobody's business."""
LONGEST_RETRY_AFTER = DAY
NEVER_TAKEN = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Webhook:
    """`endpoints` by name; a target that is itself a URL is signed with `keys`. `tls`: whom to trust."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        keys: tuple[bytes, ...],
        guard: Guard,
        switch: Switch,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._keys = keys
        self._guard = guard
        self._switch = switch
        self._clock = clock
        # A connection for each message: a kept one would be to an address that was judged earlier.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.AsyncClient(
            timeout=TIMEOUT, limits=limits, trust_env=False, verify=tls or httpx2.create_ssl_context()
        )

    async def close(self) -> None:
        await self._client.aclose()

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
        try:
            url = httpx2.URL(endpoint.url)
            address = await self._guard.pin(url)
        except (Forbidden, httpx2.InvalidURL) as no:
            return Refused(str(no))
        except OSError as unresolved:
            return TryAgain(f"{unresolved}")
        return await self._post(url, address, endpoint, outgoing)

    async def _post(self, url: httpx2.URL, address: str, endpoint: Endpoint, outgoing: Outgoing) -> Outcome:
        body = render_event(outgoing)
        timestamp = self._clock.real_now() // SECOND
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "tocsin",
            "Accept-Encoding": "identity",
            "webhook-id": outgoing.effect,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(endpoint.keys, outgoing.effect, timestamp, body),
        }
        # Connected by address, while the certificate is still checked against the name.
        pinned, named = url.copy_with(host=address), {"sni_hostname": url.raw_host.decode("ascii")}
        try:
            async with self._client.stream(
                "POST", pinned, content=body, headers=headers, extensions=named
            ) as response:
                return await self._judge(response, endpoint.url)
        except NEVER_TAKEN as unreachable:
            return TryAgain(f"{type(unreachable).__name__}: {unreachable}")
        except httpx2.TransportError as broken:
            return Unknown(f"{type(broken).__name__}: {broken}")

    async def _judge(self, response: httpx2.Response, url: str) -> Outcome:
        status = response.status_code
        answer = f"{status} {await _evidence(response)}".strip()
        if 200 <= status < 300:
            return Accepted(answer)
        if status == 410:
            await self._switch.turn_off(url)
            return Refused(f"{answer} (switched off for a day)")
        if status in {408, 425, 429} or status >= 500:
            return TryAgain(answer, self._asked(response.headers.get("retry-after")))
        if 300 <= status < 400:
            return Refused(f"{answer}: redirects are not followed; write the final URL")
        return Refused(answer)

    def _asked(self, header: str | None) -> int | None:
        """Microseconds, from either form of Retry-After; None for none, or for what is neither."""
        text = (header or "").strip()
        if text.isascii() and text.isdigit():
            return min(int(text[:12]) * SECOND, LONGEST_RETRY_AFTER)
        try:
            until = from_datetime(parsedate_to_datetime(text))
        except ValueError:
            return None
        return min(max(until - self._clock.real_now(), 0), LONGEST_RETRY_AFTER)


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


async def _evidence(response: httpx2.Response) -> str:
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= ANSWER_BYTES:
            break
    return one_line(read[:ANSWER_BYTES].decode("utf-8", "replace"), 200)


def _names(endpoints: Mapping[str, Endpoint]) -> str:
    return ", ".join(sorted(endpoints)) or "none"
