"""Spans of time as people write them: "30 min", "2h", "1h 30m", "1 week", "2 business days"."""

import re
from dataclasses import dataclass

from shared.calendar.errors import CalendarError
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND

_UNITS = {
    "s sec secs second seconds": SECOND,
    "m min mins minute minutes": MINUTE,
    "h hr hrs hour hours": HOUR,
    "d day days": DAY,
    "w week weeks": 7 * DAY,
}
_MICROSECONDS = {name: amount for names, amount in _UNITS.items() for name in names.split()}
_PART = re.compile(r"\s*(\d+)(?:\.(\d{1,6}))?\s*([a-z]+)", re.IGNORECASE)
_BUSINESS_DAYS = re.compile(r"\s*(\d+)\s*(?:business|working)\s+days?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Either microseconds or a number of business days, never both."""

    microseconds: int = 0
    business_days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read a span; a day is 24 hours and a week seven of them, of whatever calendar counts them."""
        if days := _BUSINESS_DAYS.fullmatch(text):
            return cls(business_days=int(days[1]))
        total, at = 0, 0
        while at < len(text.rstrip()):
            part = _PART.match(text, at)
            unit = _MICROSECONDS.get(part[3].lower()) if part else None
            if part is None or unit is None:
                break
            fraction = part[2] or ""
            total += int(part[1] + fraction) * unit // 10 ** len(fraction)
            at = part.end()
        else:
            if at:
                return cls(microseconds=total)
        raise CalendarError(
            f"{text!r} is not a span of time: write 30 min, 2h, 1h 30m, 3 days, 1 week or 2 business days"
        )

    def __str__(self) -> str:
        """As `parse` reads it: "1h 30m", "2 business days"."""
        if self.business_days:
            return f"{self.business_days} business day{'s' if self.business_days > 1 else ''}"
        parts, rest = [], self.microseconds
        for unit, amount in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
            count, rest = divmod(rest, amount)
            parts += [f"{count}{unit}"] if count else []
        if rest or not parts:
            whole, fraction = divmod(rest, SECOND)
            parts.append(f"{whole}.{fraction:06}".rstrip("0").rstrip(".") + "s" if fraction else f"{whole}s")
        return " ".join(parts)
