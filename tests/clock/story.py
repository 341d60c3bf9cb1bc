"""Timelines as text: what happens, and after `!` all that is said. What is not named must not be said.

    Fri 16:45     case.opened severity=P1
    Fri 16:45   ! started first_response due Mon 09:15
    Mon 09:15   ! breached first_response due Mon 09:15

Weekdays go on from line to line, in the story's zone. A line that ends in `arrives Mon 11:00` is a late fact.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.clock.domain.case import CaseClocks
from services.clock.domain.decide import decide
from services.clock.domain.view import CycleShown, clocks_view
from shared.contracts import clock as say
from shared.contracts.decision import Heard, Saying, Wake
from shared.contracts.envelope import Fact, Said
from shared.contracts.instant import EPOCH, MICROSECOND, from_datetime, render
from shared.contracts.notifier import UpdateSent
from shared.contracts.topics import DELIVERIES, FACTS
from shared.policy.book import PolicyBook
from shared.policy.directory import Customer, Directory
from shared.policy.policy import read_policy

LINE = re.compile(r"(?P<at>\w{3} \d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s+(?P<said>! )?(?P<what>.+)")
FREE = {"reason", "plan", "data_lost"}
"""Members whose words are written with _ between them."""
INSTANTS = {"expires", "recovery_point", "opened"}
"""Members that are written as Mon@10:00."""
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def book_of(*policies: str, **attributes: str) -> PolicyBook:
    read = [read_policy(text, "test.yaml") for text in policies]
    customer = Customer("acme", "Acme", read[0].name, attributes=attributes)
    return PolicyBook.of(read, Directory(customers={"acme": customer}))


class Story:
    """Lives one case: facts at their arrival, wake-up calls at their instants."""

    def __init__(self, book: PolicyBook, first: str = "2026-11-16", zone: str = "UTC") -> None:
        self.book = book
        self.zone = ZoneInfo(zone)
        self.day = date.fromisoformat(first)
        self.state: CaseClocks | None = None
        self.wake: int | None = None
        self.now = 0
        self.facts = 0
        self.said: list[tuple[int, Saying]] = []

    def tell(self, text: str) -> None:
        """Live through the lines and compare what was said with what they name."""
        expected: list[str] = []
        told = len(self.said)
        for line in filter(None, map(str.strip, text.splitlines())):
            found = LINE.fullmatch(line)
            assert found, f"no line of a story: {line}"
            at, what = self.instant(found["at"]), " ".join(found["what"].split())
            if found["said"]:
                expected.append(f"{found['at']} {what}")
                self.pass_time(max(at, self.now))
            elif what == "nothing":
                self.pass_time(at)
            else:
                what, _, arrives = what.partition(" arrives ")
                self.post(at, what, self.instant(arrives) if arrives else at)
        self.pass_time(self.now + 1)
        actual = [f"{self.shown(each.time)} {self.words(each.data)}" for _, each in self.said[told:]]
        assert "\n".join(actual) == "\n".join(expected)

    def instant(self, text: str) -> int:
        weekday, _, clock = text.partition(" ")
        ahead = (WEEKDAYS.index(weekday) - self.day.weekday()) % 7
        # A day before today, by at most half a week, is in the past: late facts and what is said of them.
        day = self.day + timedelta(days=ahead if ahead <= 4 else ahead - 7)
        self.day = max(self.day, day)
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=self.zone)
        return from_datetime(moment.astimezone(UTC))

    def shown(self, at: int) -> str:
        moment = (EPOCH + at * MICROSECOND).astimezone(self.zone)
        seconds = moment.strftime(":%S") if moment.second or moment.microsecond else ""
        fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
        return moment.strftime("%a %H:%M") + seconds + fraction

    def post(self, time: int, what: str, arrives: int) -> None:
        if arrives > self.now:  # what arrives at one instant is heard before time goes on
            self.pass_time(arrives)
        kind, *members = what.split(" ")
        data = {name: said.replace("_", " ") if name in FREE else said for name, said in map(_pair, members)}
        for name in INSTANTS & data.keys():
            data[name] = render(self.instant(data[name].replace("@", " ")))
        if kind == "case.opened":
            data.setdefault("customer", "acme")
        self.hear_fact(time, kind, data, arrives)

    def absorb(self, at: str, opened: str, waited: list[tuple[str, str]]) -> None:
        """An older case is merged into this one."""
        paused = [
            {"since": render(self.instant(since)), "until": render(self.instant(until))}
            for since, until in waited
        ]
        data = {"case": "6", "opened": render(self.instant(opened)), "waited": paused}
        now = self.instant(at)
        self.pass_time(now)
        self.hear_fact(now, "case.absorbed", data, now)

    def hear_fact(self, time: int, kind: str, data: Mapping[str, object], arrives: int) -> None:
        self.facts += 1
        self.hear(
            Fact(
                "t/1",
                time,
                FACTS[kind].model_validate(data),
                "helpdesk",
                f"e{self.facts}",
                "cases",
                self.facts,
            ),
            arrives,
        )

    def sent(self, update: say.UpdateRequested, at: int, sequence: int = 1) -> None:
        self.pass_time(at)
        data = UpdateSent(update=update.update, clock=update.clock, cycle=update.cycle, at=at)
        self.hear(Fact("t/1", at, data, "notifier", f"u{sequence}", DELIVERIES, sequence), at)

    def pass_time(self, to: int) -> None:
        while self.wake is not None and self.wake <= to:
            self.hear(Wake(), max(self.wake, self.now))
        self.now = max(self.now, to)

    def hear(self, heard: Heard, now: int) -> None:
        self.now = max(self.now, now)
        decision = decide(self.book, self.state, heard, self.now)
        self.state, self.wake = decision.state, decision.wake_at
        self.said += [(self.now, saying) for saying in decision.says]

    def clock(self, name: str, at: str) -> CycleShown:
        """The latest cycle of a clock as others read it at an instant."""
        now = self.instant(at)
        self.pass_time(now)
        entries = [entry for entry in clocks_view(self.book, self.state, now) if entry.clock == name]
        return entries[-1]

    def words(self, data: Said) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a fact
        match data:
            case say.ClockStarted():
                return f"started {data.clock}{self._due(data.due)}"
            case say.ClockWarned():
                return f"warned {data.clock} {data.warning}"
            case say.ClockBreached():
                return f"breached {data.clock}{self._due(data.due)}"
            case say.ClockMet():
                excused = ", excused" if data.excused else ""
                return f"met {data.clock} {'late' if data.late else 'in time'}{excused}"
            case say.ClockExcused():
                return f"excused {data.clock}{self._due(data.due)} until {self.shown(data.until)}"
            case say.ClockExcuseEnded():
                return f"excuse ended {data.clock}: {data.cause}"
            case say.ObjectiveJudged():
                return f"judged {data.objective} {'kept' if data.kept else 'missed'}"
            case say.ClockPaused():
                left = "" if data.remaining is None else f" {data.remaining / 60_000_000:g} min left"
                return f"paused {data.clock}{left}"
            case say.ClockResumed():
                return f"resumed {data.clock}{self._due(data.due)}"
            case say.ClockRecomputed():
                return f"recomputed {data.clock}{self._due(data.due)}"
            case say.ClockCancelled():
                return f"cancelled {data.clock}: {data.cause}"
            case say.ClockRetracted():
                return f"retracted {data.clock} {data.what} {self.shown(data.at)}"
            case say.UpdateRequested():
                return f"requested {data.clock}"
            case say.FactRefused():
                return f"refused {data.fact_type}"
            case say.FactReinstated():
                return f"reinstated {data.fact_type}"
            case _:
                raise AssertionError(data)

    def _due(self, due: int | None) -> str:
        return "" if due is None else f" due {self.shown(due)}"


def _pair(member: str) -> tuple[str, str]:
    name, _, said = member.partition("=")
    return name, said
