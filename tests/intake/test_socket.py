"""Through a real server: what is sent in pieces, too slowly, without end, or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from services.intake.api import body
from tests.support.intake import CLOUDEVENT, Station, listening, opened, said, station

Lines = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def head(door: Station, *more: str) -> bytes:
    lines = [
        "POST /v1/events HTTP/1.1",
        "Host: door",
        f"Authorization: Bearer {door.key}",
        f"Content-Type: {CLOUDEVENT}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(door: Station, text: bytes) -> bytes:
    return head(door, f"Content-Length: {len(text)}") + text


def chunked(pieces: Iterable[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], dict[str, object]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    body = await reader.readexactly(int(headers["content-length"]))
    return int(lines[0].split()[1]), headers, json.loads(body)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Lines]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


EVENT = json.dumps(opened()).encode()


async def test_a_body_may_come_in_pieces(door: Station) -> None:
    async with listening(door) as port, connected(port) as (reader, writer):
        writer.write(head(door, "Transfer-Encoding: chunked"))
        for byte in EVENT:
            writer.write(chunked([bytes([byte])]))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        assert (await answer(reader))[0] == 202


async def test_requests_in_a_row_are_answered_in_a_row(door: Station) -> None:
    async with listening(door) as port, connected(port) as (reader, writer):
        texts = [json.dumps(said("customer.replied", str(n))).encode() for n in range(10)]
        writer.write(b"".join(whole(door, text) for text in texts))
        for n in range(10):
            status, _, said_back = await answer(reader)
            assert (status, said_back["id"]) == (202, str(n))


async def test_without_a_key_the_body_is_not_even_asked_for(door: Station) -> None:
    async with listening(door) as port, connected(port) as (reader, writer):
        asked = head(door, "Expect: 100-continue", "Content-Length: 9000000").replace(b"tocsin_", b"toxin_")
        writer.write(asked)
        status, headers, _ = await answer(reader)  # no 100 before it
        assert (status, headers["connection"]) == (401, "close")


async def test_an_announced_size_is_refused_before_the_body(door: Station) -> None:
    async with listening(door) as port, connected(port) as (reader, writer):
        writer.write(head(door, "Expect: 100-continue", "Content-Length: 1048577"))
        assert (await answer(reader))[0] == 413


async def test_an_endless_body_is_refused_while_it_is_sent(
    door: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "LINGER_BYTES", 4 << 20)
    async with listening(door) as port, connected(port) as (reader, writer):
        writer.write(head(door, "Transfer-Encoding: chunked"))

        async def send_for_ever() -> None:
            while True:
                writer.write(chunked([b" " * 65_536]))
                await writer.drain()

        sending = asyncio.create_task(send_for_ever())
        status, headers, problem = await answer(reader)
        assert (status, problem["status"], headers["connection"]) == (413, 413, "close")
        with pytest.raises(ConnectionError):
            await sending


async def test_who_sends_too_much_and_then_listens_is_told(door: Station) -> None:
    async with listening(door) as port, connected(port) as (reader, writer):
        writer.write(whole(door, b" " * (3 << 20)))
        await writer.drain()
        assert (await answer(reader))[0] == 413
        assert await reader.read() == b""


async def test_a_slow_sender_is_cut_off_and_holds_up_nobody(service_urls: dict[str, str]) -> None:
    async with (
        station(service_urls, body_seconds=1.0) as door,
        listening(door) as port,
        connected(port) as (slow, writer),
        connected(port) as (reader, other),
    ):
        writer.write(head(door, "Content-Length: 1000") + b"{")
        for n in range(5):
            other.write(whole(door, json.dumps(said("customer.replied", str(n))).encode()))
            assert (await answer(reader))[0] == 202
        assert not slow.at_eof()
        status, headers, problem = await answer(slow)
        assert (status, headers["connection"]) == (408, "close")
        assert "Nothing was stored" in str(problem["detail"])


async def test_who_hangs_up_in_the_middle_leaves_nothing(door: Station) -> None:
    async with listening(door) as port:
        async with connected(port) as (_, writer):
            writer.write(head(door, f"Content-Length: {len(EVENT)}") + EVENT[:-1])
            await writer.drain()
        async with connected(port) as (reader, writer):
            writer.write(whole(door, EVENT))
            assert (await answer(reader))[0] == 202
    assert await door.journalled() == 1


@pytest.mark.parametrize("broken", [b"zz\r\n", b"5\r\nabcdefgh\r\n", b"-1\r\n"])
async def test_a_broken_chunk_is_refused(door: Station, broken: bytes) -> None:
    async with listening(door) as port, connected(port) as (reader, writer):
        writer.write(head(door, "Transfer-Encoding: chunked") + broken)
        status, _, problem = await answer(reader)
        assert (status, problem["status"]) == (400, 400)


async def test_any_key_of_a_case_through_a_socket(door: Station) -> None:
    event = json.dumps(opened(case="a/b %2F æ")).encode()
    async with listening(door) as port, connected(port) as (reader, writer):
        writer.write(whole(door, event))
        assert (await answer(reader))[0] == 202
        path = b"GET /v1/cases/a%2Fb%20%252F%20%C3%A6/history HTTP/1.1"
        writer.write(head(door).replace(b"POST /v1/events HTTP/1.1", path))
        status, headers, shown = await answer(reader)
        assert (status, shown["case"]) == (200, "a/b %2F æ")
        assert headers["x-content-type-options"] == "nosniff"
