"""Failures that pass by themselves: the database or the broker is away. All else is a bug.

with transient():          # any such failure comes out as TryAgain
...
"""

from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg.exceptions._base import InterfaceError, InternalClientError, PostgresError
from sqlalchemy import exc

from shared.stream.wire import WireUnavailable

PASSING = ("08", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE that pass: connection, rolled back, out of resources, locked, shut down, system."""


class TryAgain(Exception):
    """A dependency is away: do the same again, later, in the same order."""


@contextmanager
def transient() -> Iterator[None]:
    try:
        yield
    except (WireUnavailable, OSError, TimeoutError, exc.TimeoutError) as away:
        raise TryAgain(f"{type(away).__name__}: {away}") from away
    except exc.DBAPIError as failed:
        if not _passes(failed):
            raise
        raise TryAgain(f"database: {failed.orig}") from failed
    except PostgresError as failed:  # while connecting, before SQLAlchemy has a name for it
        if not str(getattr(failed, "sqlstate", "")).startswith(PASSING):
            raise
        raise TryAgain(f"database: {failed}") from failed
    except (InterfaceError, InternalClientError) as closed:
        # A connection that was cut, or ended by the server, a moment ago: asyncpg has no better word for it.
        raise TryAgain(f"database: {closed}") from closed


def _passes(failed: exc.DBAPIError) -> bool:
    if failed.connection_invalidated or isinstance(failed, exc.InterfaceError):
        return True
    state = getattr(failed.orig, "sqlstate", None)
    return isinstance(state, str) and state.startswith(PASSING)
