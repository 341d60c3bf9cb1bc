"""Faults at named points of the path of a transaction, inside the process, by count.

commit      the one statement that commits a batch is about to be sent
committed   it was done, and nobody knows it yet
publish     what was said is about to be given to the wire
published   the wire has it, the outbox does not know
"""

import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.stream.store import _COMMIT
from shared.stream.wire import Record, Wire, WireUnavailable

Point = Literal["commit", "committed", "publish", "published"]
Deed = Callable[[Connection | None], None]


def kill(_: Connection | None) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def halt(_: Connection | None) -> None:
    """Stand still until somebody says SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def cut(conn: Connection | None) -> None:
    """The connection to the database breaks, before the statement went out or before its answer came."""
    if conn is not None and (raw := conn.connection.driver_connection) is not None:
        raw.terminate()
    raise ConnectionResetError("cut by the test")


def refuse(_: Connection | None) -> None:
    raise WireUnavailable("refused by the test")


@dataclass
class Fault:
    """Done at that passage of the point by that service; with `every`, again after as many more, and `most`
    times in all: what comes back again and again in step with it must get through at last.
    """

    service: str
    point: Point
    passage: int
    deed: Deed
    every: bool = False
    most: int = 6
    passed: int = 0
    done: int = 0

    def due(self) -> bool:
        self.passed += 1
        if self.done == self.most:
            return False
        return self.passed % self.passage == 0 if self.every else self.passed == self.passage


_WATCHED: WeakKeyDictionary[Pool, tuple["Faults", str]] = WeakKeyDictionary()
_commit = _COMMIT.rows


async def _watched(conn: AsyncConnection, values: Mapping[str, object]) -> list[Any]:
    """The statement that commits a batch, on whosever connection."""
    watcher = _WATCHED.get(conn.sync_engine.pool)
    if watcher is None:
        return await _commit(conn, values)
    faults, service = watcher
    faults.passes(service, "commit", conn.sync_connection)
    rows = await _commit(conn, values)
    faults.passes(service, "committed", conn.sync_connection)
    return rows


vars(_COMMIT)["rows"] = _watched


class Faults:
    def __init__(self) -> None:
        self._known: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        self._known += faults

    def never_came(self) -> list[str]:
        return [f"{one.service}: {one.point}" for one in self._known if not one.done]

    def passes(self, service: str, point: Point, conn: Connection | None = None) -> None:
        for fault in self._known:
            if (fault.service, fault.point) == (service, point) and fault.due():
                fault.done += 1
                fault.deed(conn)

    def watch_commits(self, service: str, database: AsyncEngine) -> None:
        _WATCHED[database.sync_engine.pool] = self, service

    def watch_publishing(self, service: str, wire: Wire) -> None:
        publish: Callable[[Sequence[Record]], Awaitable[None]] = wire.publish

        @wraps(publish)
        async def watched(records: Sequence[Record]) -> None:
            self.passes(service, "publish")
            await publish(records)
            self.passes(service, "published")

        vars(wire)["publish"] = watched
