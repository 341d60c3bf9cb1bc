"""HTTP within a process: uvicorn as one loop among the others, without signal handlers of its own."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from shared.ops.http_protocol import BoundedProtocol


class CannotListen(RuntimeError):
    """The address is taken or not ours; the message names it."""


def bind(listen: str) -> socket.socket:
    """A socket on `host:port` that listens from now on; port 0 takes any that is free.

    Raises:
        CannotListen: somebody else has it.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, int(port)))
        opened.listen(2048)
    except OSError as why:
        opened.close()
        raise CannotListen(
            f"cannot listen on {listen}: {why.strerror}; set TOCSIN_LISTEN or end whoever listens there"
        ) from None
    return opened


async def serve(app: ASGIApp, listening: socket.socket, stop: asyncio.Event) -> None:
    """Answer until told to stop; requests under way get a second to finish."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(end())
        await server.serve(sockets=[listening])
        ending.cancel()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business."""
        yield
