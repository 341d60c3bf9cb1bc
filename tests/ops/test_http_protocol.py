"""Below the applications: garbage, endless heads and slow senders are refused with problems, and in time."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from shared.ops import http_protocol, problems
from shared.ops.server import bind, serve


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = FastAPI()
    problems.install(app)

    @app.get("/here")
    def here() -> str:
        return "here"

    listening = bind("127.0.0.1:0")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(app, listening, stop))
        yield listening.getsockname()[1]
        stop.set()


async def tell(port: int, *sent: bytes, hang_up: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Send raw bytes and read until the server closes or has answered once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, body
    finally:
        writer.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"FLY /here HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /here HTTP/1.1\r\nHost a\r\n\r\n",
        b"GET /h\x80re HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /here HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_a_problem(port: int, garbage: bytes) -> None:
    status, headers, body = await tell(port, garbage)
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["connection"] == "close"
    assert json.loads(body)["status"] == 400


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /here HTTP/1.1\r\nHost: a\r\n" + b"X-More: yes\r\n" * 8_000 + b"\r\n",
    ],
)
async def test_a_head_has_an_end(port: int, endless: bytes) -> None:
    status, headers, _ = await tell(port, endless)
    assert status == 431
    assert headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("begun", [b"", b"GET /here HTTP/1.1\r\nHost:"])
async def test_a_slow_head_is_cut_off(port: int, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.05)
    status, headers, _ = await tell(port, begun)
    assert status == 408
    assert headers["connection"] == "close"


async def test_a_connection_that_is_kept_alive_is_not_cut_off_between_requests(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    request = b"GET /here HTTP/1.1\r\nHost: a\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(request)
        assert b"200" in await reader.readuntil(b"\r\n")
        await reader.readuntil(b'"here"')
        await asyncio.sleep(0.25)
    writer.close()
