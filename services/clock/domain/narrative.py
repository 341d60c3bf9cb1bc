"""What was judged of a clock, in plain words, in the order in which it came."""

from collections.abc import Iterable

from pydantic import BaseModel

from services.clock.domain.judgement import Judgement
from shared.calendar.spans import Span
from shared.contracts.instant import Instant, render


class Told(BaseModel):
    at: Instant
    what: str
    words: str


def told(judged: Iterable[Judgement]) -> list[Told]:
    return [Told(at=each.at, what=each.what, words=_words(each)) for each in judged]


def _words(it: Judgement) -> str:
    due = "" if it.due is None else f", due {render(it.due)}"
    cause = f": {it.cause}" if it.cause else ""
    match it.what:
        case "started" | "warned":
            return f"{it.what}: {it.words}{due}"
        case "paused":
            return f"paused with {_span(it.amount)} left: {it.cause}" if not it.words else f"paused{cause}"
        case "breached":
            return f"breached{cause}{due}"
        case "met":
            how = ", late" if it.late else ""
            return f"met by {' '.join(it.notes)}{how}{' but excused' if it.excused else ''}"
        case "requested":
            return f"an update was asked for{due}"
        case "excused":
            reason, plan, by = it.notes
            until = "" if it.until is None else f" until {render(it.until)}"
            return f"excused by {by}{until}: {reason} (plan: {plan})"
        case "judged":
            actual = "not stated" if it.actual is None else _span(it.actual)
            return f"{it.words.replace('_', ' ')} {actual}, at most {_span(it.amount)} allowed"
        case _:
            return f"{it.what}{cause}{due}"


def _span(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{Span(microseconds=abs(amount))}"
