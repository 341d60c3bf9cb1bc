"""The outside world of a bench, a process of its own: takes every webhook and notes the instant.

`python -m bench.receiver LOG`: prints its port, then a line in LOG for each message, when it is accepted:
real nanoseconds, type, subject, effect key, with tabs between.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TextIO, cast

import uvloop

_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"


class _Taking(asyncio.Protocol):
    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, blank, body = self._got.partition(b"\r\n\r\n")
        if not blank:
            return
        at = head.lower().find(b"\r\ncontent-length:") + 17
        if len(body) < int(head[at:].split(b"\r\n", 1)[0]):
            return
        self._got = b""
        self._transport.write(_TAKEN)
        now = time.time_ns()
        event = json.loads(body)
        self._log.write(f"{now}\t{event['type']}\t{event['subject']}\t{event['id']}\n")


async def listen(path: Path) -> None:
    with path.open("w") as log:
        server = await asyncio.get_running_loop().create_server(lambda: _Taking(log), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            while True:
                await asyncio.sleep(0.2)
                log.flush()


if __name__ == "__main__":
    uvloop.run(listen(Path(sys.argv[1])))
