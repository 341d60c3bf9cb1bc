"""Instants: integers of UTC microseconds since 1970 inside, RFC 3339 text at the edges.

One unit everywhere, so that no two parts of the system can disagree by rounding.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NAIVE = datetime(1970, 1, 1)  # noqa: DTZ001 - for sums alone: twice as fast without a zone

_USUAL = re.compile(r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{6}))?Z", re.ASCII)
"""What `render` writes, and so nearly all that is ever read."""
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)


class BadInstant(ValueError):
    """No RFC 3339 date-time with a zone; the message says what is wrong and what is allowed."""


def parse(text: str) -> int:
    """RFC 3339 text to UTC microseconds; further digits are cut, a leap second is the next second.

    Raises:
        BadInstant: no RFC 3339 date-time, no zone, or a day or hour that does not exist.
    """
    if usual := _USUAL.fullmatch(text):
        second, micros = usual.groups()
        try:
            return _read_second(second) + int(micros or 0)
        except ValueError as wrong:
            raise BadInstant(f"{text!r}: {wrong}") from None
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise BadInstant(
            f"{text!r} is not an RFC 3339 date-time with a zone, "
            "for example 2026-03-01T09:00:00Z or 2026-03-01T10:00:00+01:00"
        )
    year, month, day, hour, minute, second, fraction, _, sign, zone_hour, zone_minute = found.groups()
    if int(second) > 60:
        raise BadInstant(f"{text!r}: there is no second {second}")
    if int(zone_hour or 0) > 23 or int(zone_minute or 0) > 59:
        raise BadInstant(f"{text!r}: {sign}{zone_hour}:{zone_minute} is no zone offset")
    try:
        days = date(int(year), int(month), int(day)).toordinal() - date(1970, 1, 1).toordinal()
        datetime(2000, 1, 1, int(hour), int(minute))  # noqa: DTZ001 - only asks whether the hour and minute exist
    except ValueError as wrong:
        raise BadInstant(f"{text!r}: {wrong}") from None
    micros = int((fraction or "0")[:6].ljust(6, "0")) if second != "60" else 0
    local = days * DAY + int(hour) * HOUR + int(minute) * MINUTE + int(second) * SECOND + micros
    offset = int(zone_hour or 0) * HOUR + int(zone_minute or 0) * MINUTE
    return local + offset if sign == "-" else local - offset


def render(instant: int) -> str:
    """UTC microseconds as RFC 3339 in UTC, as short as it can be: no fraction where there is none."""
    second, micros = divmod(instant, SECOND)
    return f"{_write_second(second)}.{micros:06}Z" if micros else f"{_write_second(second)}Z"


# Most of what is read and written at a time lies in the same few seconds.
@lru_cache(maxsize=4096)
def _read_second(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH_NAIVE) // MICROSECOND


@lru_cache(maxsize=4096)
def _write_second(second: int) -> str:
    return (_EPOCH_NAIVE + timedelta(seconds=second)).isoformat()


def from_datetime(moment: datetime) -> int:
    """An aware datetime as an instant.

    Raises:
        BadInstant: the datetime is naive.
    """
    if moment.tzinfo is None:
        raise BadInstant(f"{moment.isoformat()} has no zone")
    return (moment - EPOCH) // MICROSECOND


def _read(value: object) -> object:
    return parse(value) if isinstance(value, str) else value


Instant = Annotated[
    int,
    BeforeValidator(_read),
    PlainSerializer(render, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant as a field of a fact: an int of UTC microseconds in Python, RFC 3339 text in JSON."""
