"""A TCP proxy that misbehaves as it is told: slow, silent, cut. It stands before a database or a broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


class Proxy:
    """Passes on what comes, in both directions, for any number of connections."""

    def __init__(self, target: Callable[[], int]) -> None:
        """`target`: the loopback port behind it, asked for each connection."""
        self.port = 0
        self.latency = 0.0
        """Seconds by which each piece is late, in each direction."""
        self.refuses = False
        self._target = target
        self._passes = asyncio.Event()
        self._passes.set()
        self._writers: set[asyncio.StreamWriter] = set()

    def silence(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._passes.clear()

    def cut(self) -> None:
        """Reset every connection, in the middle of whatever it is at."""
        for writer in self._writers:
            writer.transport.abort()

    def heal(self) -> None:
        """As at first."""
        self.latency, self.refuses = 0.0, False
        self._passes.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.refuses:
                return
            onward, back = await asyncio.open_connection("127.0.0.1", self._target())
            self._writers.add(back)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(reader, back))
                    both.create_task(self._pump(onward, writer))
            finally:
                self._writers.discard(back)
                back.transport.abort()
        except* (OSError, asyncio.IncompleteReadError, _Ended):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if self.latency:
                await asyncio.sleep(self.latency)
            await self._passes.wait()
            writer.write(data)
            await writer.drain()
        await self._passes.wait()
        raise _Ended  # one side has gone: so must the other


class _Ended(Exception):
    pass


@contextlib.asynccontextmanager
async def proxy(target: Callable[[], int]) -> AsyncIterator[Proxy]:
    """A proxy that listens for as long as the block lasts."""
    made = Proxy(target)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.heal()
        made.cut()
        server.close()
