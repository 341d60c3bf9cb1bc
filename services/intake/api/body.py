"""Reading a request's body within limits, and refusing one before it has been read."""

import asyncio
from collections.abc import Callable, Mapping

from starlette.types import Receive, Send

from shared.ops.problems import MEDIA_TYPE, NOSNIFF, Problem

Headers = Mapping[bytes, bytes]

LINGER_SECONDS = 2.0
LINGER_BYTES = 16 << 20


class Gone(Exception):
    """The sender hung up; nobody is there to be answered."""


async def read_body(
    headers: Headers, receive: Receive, limit: Callable[[bytes], int], most: int, seconds: float
) -> bytes:
    """The body, of at most as many bytes as `limit` says of its beginning, `most` in any case.

    Raises:
        Problem: 413 as soon as it is known to be too large, 408 when it takes too long.
        Gone: the sender hung up.
    """
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, limit)
    except TimeoutError:
        detail = f"The body did not arrive within {seconds:g} seconds. Nothing was stored; send it again."
        raise Problem(408, "Request Timeout", detail) from None


async def _read(receive: Receive, limit: Callable[[bytes], int]) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > (most := limit(bytes(body[:64]))):
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(most: int) -> Problem:
    return Problem(
        413,
        "Content Too Large",
        f"At most {most} bytes are taken here. Nothing was stored; send less at once.",
    )


async def refuse_early(problem: Problem, headers: Headers, receive: Receive, send: Send) -> None:
    """Answer at once, then read on for a moment before the connection is closed.

    A sender that is still sending would otherwise be reset, and could lose the answer.
    """
    unread = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    body = problem.body()
    said = {"content-type": MEDIA_TYPE, "content-length": str(len(body))} | problem.headers | NOSNIFF
    if unread:
        said["connection"] = "close"
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in said.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": unread})
    if unread:
        await _linger(receive)
        await send({"type": "http.response.body"})


async def _linger(receive: Receive) -> None:
    passed = 0
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while passed < LINGER_BYTES:
                message = await receive()
                passed += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return
