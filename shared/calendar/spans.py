"""Spans of time as people write them: "30 min", "2h", "1h 30m", "1 week", "2 business days", "1 month"."""

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
_DATES = re.compile(r"\s*(\d{1,4})\s*(calendar (?:days?|weeks?|months?)|months?)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Microseconds, business days, or days and months of the wall calendar; only one of them.

    `1 week` is 168 hours; `1 calendar week` ends at the same clock time seven dates later, `1 month` on the
    same day of the next month (its last where it is shorter).
    """

    microseconds: int = 0
    business_days: int = 0
    days: int = 0
    months: int = 0

    @property
    def dated(self) -> bool:
        """Counted in dates, so that its length depends on where it begins."""
        return bool(self.business_days or self.days or self.months)

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read a span; a day is 24 hours and a week seven of them, of whatever calendar counts them."""
        if days := _BUSINESS_DAYS.fullmatch(text):
            return cls(business_days=int(days[1]))
        if dates := _DATES.fullmatch(text):
            count, unit = int(dates[1]), dates[2].lower()
            if "month" in unit:
                return cls(months=count)
            return cls(days=7 * count if "week" in unit else count)
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
            f"{text!r} is not a span of time: write 30 min, 2h, 1h 30m, 3 days, 1 week, 1 month "
            "or 2 business days"
        )

    def __str__(self) -> str:
        """As `parse` reads it: "1h 30m", "2 business days"."""
        for count, unit in (
            (self.business_days, "business day"),
            (self.days, "calendar day"),
            (self.months, "month"),
        ):
            if count:
                return f"{count} {unit}{'s' if count > 1 else ''}"
        parts, rest = [], self.microseconds
        for unit, amount in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
            count, rest = divmod(rest, amount)
            parts += [f"{count}{unit}"] if count else []
        if rest or not parts:
            whole, fraction = divmod(rest, SECOND)
            parts.append(f"{whole}.{fraction:06}".rstrip("0").rstrip(".") + "s" if fraction else f"{whole}s")
        return " ".join(parts)
