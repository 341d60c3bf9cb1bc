"""A lean HTTP/1.1 client for load: keep-alive, one request under way a connection, answers read as bytes.

One request costs it about 30 µs of a core; what it costs a bench is in that bench's table of processes.
"""

import asyncio
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import cast

ACCEPTED = b'"code":202'


@dataclass(slots=True)
class Tally:
    """What came of the requests. Latencies in seconds, from when each was due, not from when it was sent."""

    accepted: int = 0
    refused: int = 0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    first_refusal: str = ""

    def clear(self) -> None:
        self.accepted = self.refused = 0
        del self.latencies[:]


class Sender:
    """Posts events to intake on so many connections; what finds none free waits, and its time counts.

    The connections go to the ports in turn.
    """

    def __init__(self, ports: Sequence[int], key: str, connections: int) -> None:
        self._ports = cycle(ports)
        self._wanted = connections
        common = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        self._one = f"{common}Content-Type: application/cloudevents+json\r\nContent-Length: ".encode()
        self._many = f"{common}Content-Type: application/cloudevents-batch+json\r\nContent-Length: ".encode()
        self._idle: list[_Connection] = []
        self._queue: deque[tuple[float, bytes, int]] = deque()
        self._connections: set[_Connection] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        self.tally = Tally()
        self.on_answer: Callable[[], None] = _nothing
        """Called after each answer; with it a loop is closed."""

    async def open(self) -> None:
        for _ in range(self._wanted):
            await self._connect()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: _Connection(self), "127.0.0.1", next(self._ports)
        )
        self._connections.add(connection)
        self._free(connection)

    @property
    def waiting(self) -> int:
        """Requests that find no connection free."""
        return len(self._queue)

    @property
    def under_way(self) -> int:
        return len(self._queue) + len(self._connections) - len(self._idle)

    def post(self, events: list[bytes], due: float) -> None:
        """Send one event, or several as a batch; `due` is a time of `perf_counter`."""
        if len(events) == 1:
            body, head = events[0], self._one
        else:
            body, head = b"[" + b",".join(events) + b"]", self._many
        request = b"%b%d\r\n\r\n%b" % (head, len(body), body)
        if self._idle:
            self._idle.pop().send(request, due, len(events))
        else:
            self._queue.append((due, request, len(events)))

    async def settle(self, within: float = 30) -> None:
        """Wait until all is answered."""
        async with asyncio.timeout(within):
            while self.under_way:  # noqa: ASYNC110 - a bench may look now and then
                await asyncio.sleep(0.01)

    def close(self) -> None:
        for connection in list(self._connections):
            connection.close()

    def answered(self, connection: "_Connection", due: float, events: int, head: bytes, body: bytes) -> None:
        self.tally.latencies.append(time.perf_counter() - due)
        status = head[9:12]
        accepted = 1 if status == b"202" else body.count(ACCEPTED) if status == b"200" else 0
        self.tally.accepted += accepted
        if accepted < events:
            self.tally.refused += events - accepted
            self.tally.first_refusal = self.tally.first_refusal or (head[:20] + body[:500]).decode()
        self._free(connection)
        self.on_answer()

    def _free(self, connection: "_Connection") -> None:
        if self._queue:
            waited, request, count = self._queue.popleft()
            connection.send(request, waited, count)
        else:
            self._idle.append(connection)

    def lost(self, connection: "_Connection", unanswered: tuple[float, bytes, int] | None) -> None:
        """A server closes what is idle for long. What it had not answered by then is sent again."""
        self._connections.discard(connection)
        if unanswered is not None:
            self._queue.appendleft(unanswered)
        else:
            self._idle.remove(connection)
        task = asyncio.get_running_loop().create_task(self._connect())
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)


class _Connection(asyncio.Protocol):
    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._got = b""
        self._asked: tuple[float, bytes, int] | None = None
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, due: float, events: int) -> None:
        self._asked = due, request, events
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        got = self._got = self._got + data if self._got else data
        end = got.find(b"\r\n\r\n")
        if end < 0 or self._asked is None:
            return
        at = got.find(b"content-length: ", 0, end) + 16
        if len(got) < end + 4 + int(got[at : got.find(b"\r\n", at)]):
            return
        self._got = b""
        (due, _, events), self._asked = self._asked, None
        self._sender.answered(self, due, events, got[:end], got[end + 4 :])

    def close(self) -> None:
        self._closing = True
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closing:
            self._sender.lost(self, self._asked)


def _nothing() -> None:
    pass
