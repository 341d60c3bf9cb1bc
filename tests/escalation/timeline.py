"""Timelines for the escalation: `>` is heard, `<` is said, and what is said must be all that is said.

    Mon 09:15 > breached first_response due Mon 09:15
    Mon 09:15 < up Tier 1 to Tier 2
    Mon 09:31 > acknowledged first_response-1-2-otto by otto
    Mon 18:00 |                                             time passes until then

Times are Copenhagen's in the week of Monday 1 June 2026; `+Mon` is a week later, `-Fri` a week earlier.
`late Mon 11:00` before a `>` lets the fact arrive then, whatever its own time.
"""

import re
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import partial
from pathlib import Path
from textwrap import dedent

from pydantic import TypeAdapter

from services.escalation.domain.case import CaseEscalation
from services.escalation.domain.decide import decide
from shared.calendar.instants import DAY, HOUR, MINUTE, SECOND
from shared.contracts import case as cases
from shared.contracts import clock as clocks
from shared.contracts import notifier, occasions
from shared.contracts.decision import Saying, Wake
from shared.contracts.envelope import Fact, Said
from shared.contracts.escalation import (
    AcknowledgementNoted,
    CaseEscalated,
    CaseRouted,
    LadderEnded,
    PageRequested,
    PageUnanswered,
    PageWithdrawn,
    StepSkipped,
)
from shared.contracts.instant import parse
from shared.policy.book import PolicyBook
from shared.policy.directory_reading import read_directory
from shared.policy.policy import read_policy

HERE = Path(__file__).parent
MONDAY = parse("2026-06-01T00:00:00+02:00")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STATES = TypeAdapter(CaseEscalation)
VERSION = "test@2026-01-01"
LINE = re.compile(
    r"(?:late (?P<arrives>\S+ \S+) )?(?P<at>\S+ \S+) (?P<sign>[<>|]) ?(?P<what>.*?)(?:   +.*)?$"
)


def book() -> PolicyBook:
    policy = read_policy((HERE / "policy.yaml").read_text(), "policy.yaml")
    directory = read_directory((HERE / "directory.yaml").read_text(), "directory.yaml")
    return PolicyBook.of([policy], directory)


def instant(text: str) -> int:
    """`Mon 09:15` or `+Fri 09:15:30`."""
    day, time = text.split()
    week = {"+": 7, "-": -7}.get(day[0], 0)
    parts = [int(part) for part in time.split(":")]
    of_day = sum(part * unit for part, unit in zip(parts, (HOUR, MINUTE, SECOND), strict=False))
    return MONDAY + (week + DAYS.index(day.lstrip("+-"))) * DAY + of_day


def shown(at: int) -> str:
    days, of_day = divmod(at - MONDAY, DAY)
    sign = "-" if days < 0 else "+" if days > 6 else ""
    time = f"{of_day // HOUR:02}:{of_day // MINUTE % 60:02}"
    seconds = f":{of_day // SECOND % 60:02}" if of_day % MINUTE else ""
    return f"{sign}{DAYS[days % 7]} {time}{seconds}"


CASE_FACTS: dict[str, type[Said]] = {
    "opened": cases.CaseOpened,
    "changed": cases.CaseChanged,
    "status": cases.CaseStatusChanged,
    "replied": cases.SupportReplied,
    "resolved": cases.CaseResolved,
    "closed": cases.CaseClosed,
    "reopened": cases.CaseReopened,
    "merged": cases.CaseMerged,
    "proposed": occasions.SeverityProposed,
    "moved": occasions.PolicyMoved,
}
CLOCK_FACTS: dict[str, type[Said]] = {
    "warned": clocks.ClockWarned,
    "breached": clocks.ClockBreached,
    "met": clocks.ClockMet,
    "cancelled": clocks.ClockCancelled,
    "excused": clocks.ClockExcused,
    "excuse-ended": clocks.ClockExcuseEnded,
    "resumed": clocks.ClockResumed,
    "retracted": clocks.ClockRetracted,
}


@dataclass(repr=False)
class World:
    """One case, its state kept as the kit keeps it: as JSON between decisions."""

    book: PolicyBook = field(default_factory=book)
    state: bytes | None = None
    wake_at: int | None = None
    now: int = 0
    said: list[Saying] = field(default_factory=list)

    def __repr__(self) -> str:
        return "\n".join(["", *map(told, self.said)])

    @property
    def case(self) -> CaseEscalation:
        assert self.state is not None
        return STATES.validate_json(self.state)

    def hear(self, heard: Fact | Wake, now: int) -> None:
        self.now = max(self.now, now)
        state = STATES.validate_json(self.state) if self.state is not None else None
        decision = partial(decide, self.book)(state, heard, self.now)
        assert STATES.validate_json(STATES.dump_json(decision.state, exclude_defaults=True)) == decision.state
        self.state = STATES.dump_json(decision.state, exclude_defaults=True)
        self.wake_at = decision.wake_at
        self.said.extend(decision.says)

    def until(self, now: int) -> None:
        """Let time pass, waking whenever that was asked for."""
        while self.wake_at is not None and self.wake_at <= now:
            before = (self.wake_at, self.state)
            self.hear(Wake(), max(self.wake_at, self.now))
            assert (self.wake_at, self.state) != before, "woken for nothing, and again at once"
        self.now = max(self.now, now)

    def fact(self, data: Said, time: int, arrives: int | None = None, *, outage: bool = False) -> None:
        """A fact arrives; with `outage` before any of the time that has passed meanwhile is let through."""
        arrives = time if arrives is None else arrives
        if not outage:
            self.until(arrives)
        self.hear(Fact("demo/1", time, data, "test", "1"), arrives)


def play(text: str, world: World | None = None) -> World:
    """Plays a timeline and checks every line of it."""
    world = world or World()
    expected: list[str] = []
    for line in dedent(text).strip().splitlines():
        found = LINE.match(line.strip())
        assert found is not None, f"cannot read {line!r}"
        at = instant(found["at"])
        arrives = instant(found["arrives"]) if found["arrives"] else at
        match found["sign"]:
            case "<":
                expected.append(f"{found['at']} < {found['what'].strip()}")
            case ">":
                world.fact(heard(found["what"], at), at, arrives)
            case _:
                world.until(at)
    said = [told(saying) for saying in world.said]
    assert said == expected, "\n" + "\n".join(
        unified_diff(expected, said, "expected", "said", lineterm="", n=99)
    )
    return world


def heard(text: str, at: int) -> Said:
    """What the words after a `>` mean."""
    word, *rest = text.split()
    given: dict[str, object] = {
        name: value for name, _, value in (part.partition("=") for part in rest) if value
    }
    words = [part for part in rest if "=" not in part]
    if word in CASE_FACTS:
        said = CASE_FACTS[word]
        extra: dict[str, object] = {"customer": "acme", "title": "It burns"} if word == "opened" else {}
        return said.model_validate({**extra, **given})
    if word in CLOCK_FACTS:
        due = instant(" ".join(words[words.index("due") + 1 :])) if "due" in words else at
        cycle = int(str(given.get("cycle", 1)))
        what = words[1] if len(words) > 1 else ""
        return CLOCK_FACTS[word].model_validate(
            {
                "clock": words[0],
                "cycle": cycle,
                "at": at,
                "policy": VERSION,
                "due": due,
                "cause": "reopened" if word == "resumed" else "a late fact",
                "what": what,
                "warning": f"{words[-1]} %" if what == "warned" else f"{what} %" if word == "warned" else "",
                "late": "late" in words,
                "excused": "excused" in given,
                "until": at + DAY,
                "reason": "no spare part",
                "plan": "borrow one",
                "by": "mona",
                "used": 0,
            }
        )
    if word == "acknowledged":
        return notifier.PageAcknowledged(page=words[0], by=words[2], at=at)
    assert word == "undeliverable", f"cannot hear {text!r}"
    return notifier.DeliveryFailed(
        effect="", page=words[0], receiver="", channel="", attempt=1, at=at, why="", fallback=None
    )


def told(saying: Saying) -> str:
    """A line as a timeline writes it."""
    data, at = saying.data, shown(saying.time)
    match data:
        case CaseRouted():
            return f"{at} < at {data.tier}: {data.person or data.team}"
        case CaseEscalated():
            return f"{at} < up {data.from_tier} to {data.to_tier}"
        case PageRequested():
            assert data.at == saying.time
            until = f" until {shown(data.acknowledge_by)}" if data.acknowledge_by is not None else ""
            return f"{at} < {data.urgency} {data.page}{until}"
        case PageUnanswered():
            return f"{at} < silence {data.page}"
        case PageWithdrawn():
            return f"{at} < withdrawn {data.page}: {data.why}"
        case StepSkipped():
            return f"{at} < skipped {data.step}: {data.why}"
        case LadderEnded():
            return f"{at} < ended {data.clock}-{data.cycle}: {data.why}"
        case AcknowledgementNoted():
            return f"{at} < noted {data.page} by {data.by}: {data.effect}"
        case _:
            pass
    raise AssertionError(f"cannot tell {data!r}")
