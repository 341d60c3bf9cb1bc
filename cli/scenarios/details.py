"""What stands behind the first words of a phrase: `first response, due Mon 09:15, because of a change`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from cli.scenarios.document import Place, Text
from cli.scenarios.times import PATTERN, TIME, BadTime, LocalTime
from cli.scenarios.vocabulary import spoken
from shared.calendar.errors import CalendarError
from shared.calendar.spans import Span
from shared.policy.reading import PolicyProblems

How = Literal["equal", "instant", "point", "contains", "receiver", "page", "step", "any", "none"]


@dataclass(frozen=True, slots=True)
class Want:
    """One member of a fact and what it must be; `words` are those of the scenario."""

    member: str
    how: How
    value: object
    words: str = ""


@dataclass(slots=True)
class Details:
    """`given`: members by name, with their place; `chunks`: what nothing else explains."""

    place: Place
    clock: str = ""
    wants: list[Want] = field(default_factory=list)
    given: dict[str, Text] = field(default_factory=dict)
    chunks: list[Text] = field(default_factory=list)
    """The plain words, as commas part them."""
    times: dict[str, frozenset[int]] = field(default_factory=dict)
    """Of those that are given as local times."""
    arrives: LocalTime | None = None
    quoted: set[str] = field(default_factory=set)

    @property
    def rest(self) -> str:
        """The plain words up to a comma."""
        return self.chunks[0].words if self.chunks else ""

    @property
    def rest_place(self) -> Place:
        return self.chunks[0].place if self.chunks else self.place


_QUOTE = '"'
_INSTANTS = {"was due": "was_due", "next due": "next_due", "due": "due", "by": "acknowledge_by"}
_INSTANTS |= {"of": "at", "said": "noticed"}
_SPAN = r"(?P<sign>-?)\s*(?P<span>(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+?)\s+(?P<amount>left|used)\b"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"because\s+(?P<because>[^;]+)",
        rf"(?P<when>was due|next due|due|by|of|said|arrives)\s+{PATTERN}",
        r"(?P<nodue>no due)\b",
        r"cycle\s+(?P<cycle>\d+)",
        r"nothing\s+(?P<nothing>left|used)\b",
        _SPAN,
        r"(?P<late>in time|late)\b",
        r"(?P<name>[a-z_]\w*)=(?P<value>\"[^\"]*\"|\[[^\]]*\]|[^\s,;]+)",
        r"(?P<comma>,)",
        r"(?P<quote>\"[^\"]*\")",
        r"(?P<word>[^\s,;]+)",
    )
)


def read_details(text: Text, clocks: Sequence[str], at: int, where: ZoneInfo) -> Details:
    """Raises PolicyProblems: a time or a span that is none."""
    details = Details(text.place)
    names = sorted(clocks, key=len, reverse=True)
    position, fresh = 0, True
    while position < len(text.words):
        if text.words[position].isspace():
            position += 1
            continue
        clock = None if details.clock else _clock(text.words, position, names)
        if clock is not None:
            details.clock, length = clock
            position += length
            continue
        found = next(each for pattern in _PATTERNS if (each := pattern.match(text.words, position)))
        if found.lastgroup == "comma" or _takes(details, found, text.at(position), at, where):
            fresh = True
        elif fresh:
            details.chunks.append(Text(found[0].strip(_QUOTE), text.at(position)))
            fresh = False
        else:
            last = details.chunks[-1]
            details.chunks[-1] = Text(f"{last.words} {found[0].strip(_QUOTE)}", last.place)
        position = found.end()
    return details


def _clock(text: str, position: int, names: Sequence[str]) -> tuple[str, int] | None:
    for name in names:
        written = text[position : position + len(name)]
        behind = text[position + len(name) : position + len(name) + 1]
        if spoken(written) == spoken(name) and not (behind.isalnum() or behind in ("_", "=")):
            return name, len(name)
    return None


def _takes(  # noqa: C901 - one case a pattern
    details: Details, found: re.Match[str], place: Place, at: int, where: ZoneInfo
) -> bool:
    """Whether the match says something by itself; False for a plain word."""
    groups = {name: value for name, value in found.groupdict().items() if value is not None}
    words = found[0]
    want = details.wants.append
    match groups:
        case {"because": because}:
            want(Want("cause", "contains", because.strip().strip(_QUOTE), words))
        case {"when": when}:
            time = _time(found, place)
            if when.lower() == "arrives":
                details.arrives = time
            else:
                want(Want(_INSTANTS[" ".join(when.lower().split())], "instant", time.near(at, where), words))
        case {"nodue": _}:
            want(Want("due", "none", None, words))
        case {"cycle": number}:
            want(Want("cycle", "equal", int(number), words))
        case {"nothing": which}:
            want(Want(which.lower(), "equal", 0, words))
        case {"amount": which, "span": span, "sign": sign}:
            try:
                amount = Span.parse(span)
            except CalendarError as wrong:
                raise PolicyProblems([place.problem(str(wrong))]) from None
            micros = -amount.microseconds if sign else amount.microseconds
            want(Want(which.lower(), "equal", micros, words))
        case {"late": late}:
            want(Want("late", "equal", late.lower() == "late", words))
        case {"name": name, "value": value}:
            details.given[name] = Text(value.strip(_QUOTE), place)
            if (written := TIME.fullmatch(value.strip(_QUOTE))) is not None:
                details.times[name] = _time(written, place).near(at, where)
            if value.startswith('"'):
                details.quoted.add(name)
        case _:
            return False
    return True


def _time(found: re.Match[str], place: Place) -> LocalTime:
    try:
        return LocalTime.of(found)
    except BadTime as wrong:
        raise PolicyProblems([place.problem(str(wrong))]) from None
