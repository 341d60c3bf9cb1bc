"""What is promised on a clock (`within: 1 business day`), and at which points of it somebody hears of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from yaml import MappingNode, Node, ScalarNode

from shared.calendar.calendar import Calendar
from shared.calendar.days import Reading as DaysReading
from shared.calendar.days import add_dates
from shared.calendar.errors import CalendarError
from shared.calendar.instants import DAY
from shared.calendar.spans import Span
from shared.policy.match import Condition, Rule, Rules, When, check_order, read_when, uncovered
from shared.policy.reading import Reading
from shared.policy.vocabulary import Vocabulary

_PERCENT = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*%")
_OFFSET = re.compile(r"(.+?)\s+(before|after)")
_RANGE = re.compile(r"(.+?)\s+to\s+(.+)")
_UNIT = re.compile(r"[\d.]+\s*")
_READINGS: dict[str, DaysReading] = {"same time": "same_time", "hours": "hours", "end of day": "end_of_day"}
NO_PROMISE = "no promise"
MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Target:
    """An amount of business time, in the words of the policy."""

    words: str
    span: Span
    reading: DaysReading = "same_time"
    calendar: str | None = None
    """Instead of the one that the coverage names."""
    lower: Span | None = None
    """Of a range (`1 h to 4 h`): from here on it is expected; a warning point."""
    lower_words: str = ""

    @property
    def measured(self) -> bool:
        """No target: the clock only measures, it is never due."""
        return self.words == MEASURED

    def budget(self, calendar: Calendar, start: int) -> int:
        """Microseconds of open time from `start` on. Dates become the open time that they hold."""
        return self._open_time(self.span, calendar, start)

    def expected(self, calendar: Calendar, start: int) -> int | None:
        """The lower end of a range, as open time; None: it is no range."""
        return None if self.lower is None else self._open_time(self.lower, calendar, start)

    def _open_time(self, span: Span, calendar: Calendar, start: int) -> int:
        if not span.dated:
            return span.microseconds
        if span.business_days:
            end = calendar.add_business_days(start, span.business_days, self.reading)
        else:
            end = add_dates(calendar, start, span.days, span.months)
        return calendar.elapsed(start, end)

    @property
    def rolls(self) -> bool:
        """Whether a budget that ends at closing is shown as due at the next opening.

        `1 business day` from Monday 08:00 sharp is Tuesday 08:00, the same clock time, though the day's
        last business second lies on Monday.
        """
        return self.span.dated and self.reading == "same_time"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a clock: a share of its target, or some time before or after it, in business time."""

    words: str
    share: Fraction = Fraction(1)
    offset: int = 0

    def amount(self, budget: int) -> int:
        """How much of the clock is used at this point; at the earliest its start."""
        return max(0, budget * self.share.numerator // self.share.denominator + self.offset)


@dataclass(frozen=True, slots=True)
class Promise:
    """A target with its warning points; no target: no promise for these cases, and no clock."""

    target: Target | None
    warn: tuple[Point, ...] | None = None
    """None: the clock's own."""


def read_point(node: Node, reading: Reading) -> Point | None:
    """`75 %`, `30 min before`, `1 h after`."""
    text = reading.text(node)
    if text is None:
        return None
    if found := _PERCENT.fullmatch(text):
        return Point(text, share=Fraction(found[1]) / 100)
    if found := _OFFSET.fullmatch(text):
        try:
            amount = Span.parse(found[1])
        except CalendarError as wrong:
            reading.problem(node, str(wrong))
            return None
        if not amount.dated:
            return Point(text, offset=-amount.microseconds if found[2] == "before" else amount.microseconds)
    reading.problem(node, f"{text!r} is no point of a clock", "write 75 %, 30 min before or 1 h after")
    return None


def read_points(node: Node | None, reading: Reading) -> tuple[Point, ...] | None:
    if node is None:
        return None
    points = [point for item in reading.items(node) if (point := read_point(item, reading)) is not None]
    return tuple(points)


def read_promises(
    node: Node, word: str, calendars: set[str], vocabulary: Vocabulary, reading: Reading
) -> Rules[Promise]:
    """`[{when: …, within: 20 s}, {within: 1 business day}]`, or `{P1: 20 s, P2: 1 h}` by severity.

    `word` is the member that carries the amount: `within`, or `every` of a clock that repeats by itself.
    """
    if isinstance(node, MappingNode) and not any(name.value in (word, "when") for name, _ in node.value):
        rules = list(_by_severity(node, word, calendars, vocabulary, reading))
    else:
        rules = list(_ruled(node, word, calendars, vocabulary, reading))
    promises = Rules(tuple(rules))
    check_order(promises, node, reading)
    if left := uncovered(promises, vocabulary):
        hint = f"say {NO_PROMISE} where none is meant"
        reading.problem(node, f"nothing is said of {left}", hint)
    return promises


def _by_severity(
    node: MappingNode, word: str, calendars: set[str], vocabulary: Vocabulary, reading: Reading
) -> Iterator[Rule[Promise]]:
    for name_node, severity, value in reading.entries(node):
        if reading.one_of(name_node, vocabulary.severities, "severity") is not None:
            when = When((Condition("severity", (severity,)),))
            promise = _promise({word: value}, word, calendars, reading)
            yield Rule(when, promise, name_node.start_mark.line + 1)


def _ruled(
    node: Node, word: str, calendars: set[str], vocabulary: Vocabulary, reading: Reading
) -> Iterator[Rule[Promise]]:
    for item in reading.items(node):
        members: dict[str, Node] = {word: item}
        if not isinstance(item, ScalarNode):
            members = reading.members(item, ("when", word, "reading", "calendar", "warn"), (word,))
        if word in members:
            when = read_when(members.get("when"), vocabulary, reading)
            promise = _promise(members, word, calendars, reading)
            yield Rule(when, promise, item.start_mark.line + 1)


def _promise(members: dict[str, Node], word: str, calendars: set[str], reading: Reading) -> Promise:
    warn = read_points(members.get("warn"), reading)
    if isinstance(members[word], ScalarNode) and members[word].value.strip() == NO_PROMISE:
        return Promise(None, warn)
    target = _target(members[word], word, reading)
    if target is None:
        return Promise(None, warn)
    kind: DaysReading = "same_time"
    if "reading" in members:
        kind = _READINGS.get(reading.one_of(members["reading"], _READINGS, "reading") or "", kind)
        if not target.span.business_days:
            reading.problem(members["reading"], "only business days have a reading", "leave it out")
    calendar = None
    if "calendar" in members:
        calendar = reading.one_of(members["calendar"], calendars, "calendar")
    return Promise(replace(target, reading=kind, calendar=calendar), warn)


def _target(node: Node, word: str, reading: Reading) -> Target | None:
    """`4 h`, `1 business day`, `1 month`; of `within:` also a range, `1 to 4 h`, or `measured`."""
    words = node.value.strip() if isinstance(node, ScalarNode) else ""
    if word == "within" and words == MEASURED:
        return Target(words, Span())
    found = _RANGE.fullmatch(words) if word == "within" else None
    if found is None:
        span = reading.span(node)
        return None if span is None else Target(words, span)
    low, high = found[1], found[2]
    if low.replace(".", "", 1).isdigit():
        low = f"{low} {_UNIT.sub('', high, count=1)}"
    try:
        lower, upper = Span.parse(low), Span.parse(high)
    except CalendarError as wrong:
        reading.problem(node, str(wrong))
        return None
    if _rough(lower) >= _rough(upper):
        reading.problem(node, f"{words!r} does not end after it begins", "write 1 h to 4 h")
    return Target(words, upper, lower=lower, lower_words=str(lower) if lower.dated else low)


def _rough(span: Span) -> int:
    """About how long, to compare: a business day as 8 hours would be wrong next to `1 day`, so as a day."""
    return span.microseconds + (span.business_days + span.days + 30 * span.months) * DAY
