"""A calendar made of two others."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from shared.calendar.errors import CalendarError
from shared.calendar.instants import Instant
from shared.calendar.intervals import Interval, intersect, subtract, union
from shared.calendar.schedule import Schedule

Operation: TypeAlias = Literal["intersection", "union", "difference"]


@dataclass(frozen=True, slots=True)
class Combined:
    """Two schedules and what to do with them. Dates are the left one's.

    A date is a business day of a union when it is one of either; otherwise when it is one of the left
    schedule and any of its open time is left.
    """

    operation: Operation
    left: Schedule
    right: Schedule

    @property
    def zone(self) -> ZoneInfo:
        return self.left.zone

    @property
    def day_length(self) -> int:
        raise CalendarError("a combination of calendars has no length of a business day: count hours instead")

    def open_between(self, since: Instant, until: Instant) -> list[Interval]:
        left, right = (self.left.open_between(since, until), self.right.open_between(since, until))
        return self._of(left, right)

    def open_on(self, day: date) -> list[Interval]:
        left = self.left.open_on(day)
        if self.operation == "union":
            return union([*left, *self.right.open_on(day)])
        if not left:
            return []
        return self._of(left, self.right.open_between(left[0][0], left[-1][1]))

    def _of(self, left: list[Interval], right: list[Interval]) -> list[Interval]:
        if self.operation == "union":
            return union([*left, *right])
        return intersect(left, right) if self.operation == "intersection" else subtract(left, right)
