"""Local wall time to instants and back. Gap in spring: forward by the gap. Overlap in autumn: the first."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from shared.calendar.errors import CalendarError
from shared.calendar.instants import EPOCH, Instant, moment

_MIDNIGHT = time()
_ONE_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises CalendarError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise CalendarError(
            f"time zone {name!r} is not known: use an IANA name such as Europe/Copenhagen or America/Chicago"
        ) from unknown


def at_local(where: ZoneInfo, day: date, of_day: int) -> Instant:
    """The instant at which the wall clock shows `of_day` microseconds (may exceed 24 h) on local date `day`.

    fold=0 is both rules at once: in a gap it takes the offset before it, which moves the time forward by
    the gap; in an overlap it takes the first of the two.
    """
    wall = datetime.combine(day, _MIDNIGHT, where) + timedelta(microseconds=of_day)
    return (wall - EPOCH) // _MICROSECOND


def local(where: ZoneInfo, at: Instant) -> tuple[date, int]:
    """The local date and the microseconds that the wall clock shows on it at that instant."""
    wall = moment(at).astimezone(where)
    midnight = datetime.combine(wall.date(), time())
    return wall.date(), (wall.replace(tzinfo=None) - midnight) // _MICROSECOND


def exists(where: ZoneInfo, day: date) -> bool:
    """False for a date that the zone skipped, as Samoa did with 30 December 2011."""
    midnight = datetime.combine(day, _MIDNIGHT, where)
    following = midnight + _ONE_DAY  # wall-clock arithmetic: the next midnight, whatever lies between
    return midnight.utcoffset() == following.utcoffset() or midnight.astimezone(UTC) < following.astimezone(
        UTC
    )
