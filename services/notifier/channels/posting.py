"""One POST to where the guard lets it go, and what came back: what the channels over HTTP have in common."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx2

from services.notifier.channels.guard import Forbidden, Guard
from services.notifier.domain.outcome import Outcome, Refused, TryAgain, Unknown
from services.notifier.domain.words import one_line
from shared.contracts.instant import DAY, SECOND, from_datetime
from shared.ops.clock import Clock

TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
ANSWER_BYTES = 2048
"""So much of an answer is read, as evidence; the rest is nobody's business."""
LONGEST_RETRY_AFTER = DAY
HIDDEN = "[hidden]"
NEVER_TAKEN = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answered:
    """The other side's answer: `text` is its evidence, `after` the microseconds that it asked to wait."""

    status: int
    text: str
    after: int | None = None

    def not_taken(self) -> TryAgain | Refused:
        """What it means where it is not a yes."""
        if self.status in {408, 425, 429} or self.status >= 500:
            return TryAgain(self.text, self.after)
        if 300 <= self.status < 400:
            return Refused(f"{self.text}: redirects are not followed; write the final URL")
        return Refused(self.text)


class Poster:
    """`tls`: whom to trust. `timeout`: for each step of a request."""

    def __init__(
        self,
        guard: Guard,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        timeout: httpx2.Timeout = TIMEOUT,
    ) -> None:
        self._guard = guard
        self._clock = clock
        # A connection for each message: a kept one would be to an address that was judged earlier.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.AsyncClient(
            timeout=timeout, limits=limits, trust_env=False, verify=tls or httpx2.create_ssl_context()
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(
        self, to: str, body: bytes, headers: Mapping[str, str], hide: str = ""
    ) -> Answered | Outcome:
        """One request. Where there was no answer, an outcome: whether it may have been taken all the same.

        `hide` is a secret of the body: an answer that repeats it is not kept with it.
        """
        try:
            url = httpx2.URL(to)
            address = await self._guard.pin(url)
        except (Forbidden, httpx2.InvalidURL) as no:
            return Refused(str(no))
        except OSError as unresolved:
            return TryAgain(f"{unresolved}")
        ours = {"Host": url.netloc.decode("ascii"), "User-Agent": "tocsin", "Accept-Encoding": "identity"}
        # Connected by address, while the certificate is still checked against the name.
        pinned, named = url.copy_with(host=address), {"sni_hostname": url.raw_host.decode("ascii")}
        try:
            async with self._client.stream(
                "POST", pinned, content=body, headers={**ours, **headers}, extensions=named
            ) as response:
                text = f"{response.status_code} {await _evidence(response, hide)}".strip()
                return Answered(response.status_code, text, self._asked(response.headers.get("retry-after")))
        except NEVER_TAKEN as unreachable:
            return TryAgain(f"{type(unreachable).__name__}: {unreachable}")
        except httpx2.TransportError as broken:
            return Unknown(f"{type(broken).__name__}: {broken}")

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


async def _evidence(response: httpx2.Response, hide: str) -> str:
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= ANSWER_BYTES:
            break
    text = read[:ANSWER_BYTES].decode("utf-8", "replace")
    return one_line(text.replace(hide, HIDDEN) if hide else text, 200)
