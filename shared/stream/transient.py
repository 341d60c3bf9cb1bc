"""Failures that pass by themselves: the database or the broker is away. All else is a bug and ends the process.

with transient():          # any such failure comes out as TryAgain
...
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import exc

from shared.stream.wire import WireUnavailable

_OURS = (exc.ProgrammingError, exc.IntegrityError, exc.DataError, exc.NotSupportedError)
_AWAY = (
    WireUnavailable,
    OSError,
    TimeoutError,
    exc.TimeoutError,
    exc.DBAPIError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
)


class TryAgain(Exception):
    """A dependency is away: do the same again, later, in the same order."""


@contextmanager
def transient() -> Iterator[None]:
    try:
        yield
    except _OURS:
        raise
    except _AWAY as away:
        raise TryAgain(f"{type(away).__name__}: {away}") from away
