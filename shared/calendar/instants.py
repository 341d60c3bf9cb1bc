"""Instants are ints of UTC microseconds since 1970; aware datetimes exist at the edges only."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Instant: TypeAlias = int

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Calendars answer between these years: a mistyped year is refused at once, not compiled for half a minute.
FIRST = (datetime(1800, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
LAST = (datetime(2500, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND


def instant(when: datetime) -> Instant:
    """The instant of an aware datetime, exact. Raises ValueError for a naive one: it names no instant."""
    if when.utcoffset() is None:
        raise ValueError(f"{when.isoformat()} has no time zone: say which, for example {when.isoformat()}Z")
    return (when - EPOCH) // _MICROSECOND


def moment(at: Instant) -> datetime:
    """The UTC datetime of an instant."""
    return EPOCH + timedelta(microseconds=at)
