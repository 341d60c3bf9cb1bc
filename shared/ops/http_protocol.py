"""HTTP/1.1 as uvicorn speaks it, with what is below the applications kept in bounds.

What is no HTTP is refused with a problem document too; a head of a request may not be endless, and it may not
take for ever: uvicorn by itself waits for it as long as the sender likes.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.ops.problems import MEDIA_TYPE, Problem

HEAD_SECONDS = 10.0
"""Physical seconds for the head of a request, from its first byte (or from the connection) to its end."""
HEAD_BYTES = 64 << 10


class HeadTooLarge(ValueError):
    """Raised through the parser, which ends the request."""


class BoundedProtocol(HttpToolsProtocol):
    """To be given to `uvicorn.Config(http=…)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast("Transport", transport))
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(name)
        self._count(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """What uvicorn says of what is no HTTP, as a problem; of a head that is too large, the truth."""
        if self._head_bytes > HEAD_BYTES:
            self._refuse(
                Problem(
                    431,
                    "Request Header Fields Too Large",
                    f"The path and the headers may have {HEAD_BYTES} bytes together; send less.",
                )
            )
        else:
            self._refuse(Problem(400, "Bad Request", "This is no HTTP/1.1 request that can be understood."))

    def _count(self, part: bytes) -> None:
        self._head_bytes += len(part)
        if self._head_bytes > HEAD_BYTES:
            raise HeadTooLarge

    def _wait_for_head(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _head_is_here(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        detail = f"The head of the request did not arrive within {HEAD_SECONDS:g} seconds."
        self._refuse(Problem(408, "Request Timeout", detail))

    def _refuse(self, problem: Problem) -> None:
        self._head_is_here()
        if self.transport.is_closing():
            return
        body = problem.body()
        head = (
            f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            "x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[problem.status] + head.encode() + body)
        self.transport.close()
