"""A service's life with one case, told turn by turn: the dossier that it would leave, made by hand."""

import json
from dataclasses import dataclass, field
from typing import Any

from cli.audit.case import Case
from cli.audit.deciders import Deciders
from cli.audit.dossier import Dossier, Happened, Horizon, Moment, OnWire
from services.intake.store import Entry
from shared.contracts.case import CaseStatusChanged
from shared.contracts.clock import ClockWarned
from shared.contracts.decision import Decision, Heard, Saying, Wake
from shared.contracts.envelope import Fact, partition_of
from shared.contracts.instant import render
from shared.contracts.topics import CASES, CLOCKS
from shared.policy.book import PolicyBook
from shared.stream.codec import encode
from shared.stream.dead_letters import Letter
from shared.stream.fold import Fold, Row, Stored, arrival, letter
from shared.stream.process import Process
from shared.stream.store import KitStore
from shared.stream.wire import Record

KEY = "acme/1"
HOUR = 3_600_000_000
START = 1_700_000_000_000_000
HERE = partition_of(KEY, 4)

broken = {"poison"}
"""Statuses at which decide raises: a bug that a later release mends by emptying this."""


@dataclass(frozen=True)
class Diary:
    lines: tuple[str, ...] = ()


class Poison(Exception):
    pass


def write_down(diary: Diary | None, heard: Heard, now: int) -> Decision[Diary]:
    """Every line is said again; `wake` asks to be called in an hour."""
    lines = (diary or Diary()).lines
    if isinstance(heard, Wake):
        return Decision(Diary((*lines, "woken")), (_warned("woken", now),))
    status = heard.data.status if isinstance(heard.data, CaseStatusChanged) else heard.type
    if status in broken:
        raise Poison(status)
    said = _warned(status, heard.time + (HOUR if status == "early" else 0))
    return Decision(Diary((*lines, status)), (said,), now + HOUR if status == "wake" else None)


def _warned(line: str, at: int) -> Saying:
    return Saying(ClockWarned(clock="diary", cycle=1, at=at, policy="none", warning=line, due=at), at)


DIARY = Process("clock", (CASES,), CLOCKS, Diary, write_down, under="the diary's")
STORE = KitStore(DIARY, 4)


def deciders() -> Deciders:
    """The shipped ones, and the diary in the clock's place."""
    found = Deciders([PolicyBook()])
    found.add(DIARY)
    return found


@dataclass
class Life:
    """Tells the story as the runner would; `dossier` is what is then on record."""

    dossier: Dossier = field(default_factory=lambda: Dossier(KEY))
    row: Row[Any] = field(default_factory=lambda: Row(KEY))
    turn: int = 0
    letters: list[Record] = field(default_factory=list)

    def hears(self, *statuses: str, at: int = START, ahead: int = 0) -> "Life":
        """The next facts, in one turn; their sender's clock is `ahead`."""
        fold = self._fold(at)
        for place, status in enumerate(statuses):
            record = self._on_wire(status, at + ahead, Moment("clock", self.turn, place, at, DIARY.under))
            fold.hear([arrival(record, DIARY)])
            self._failures(fold, place, at)
        return self._commit(fold)

    def wakes(self, at: int) -> "Life":
        fold = self._fold(at)
        fold.wake([KEY])
        self._happened(at, 0, "woken")
        self._failures(fold, 0, at)
        return self._commit(fold)

    def granted(self, wish: str, at: int = START) -> "Life":
        fold = self._fold(at)
        arrivals = [letter(record, ()) for record in self.letters]
        done = fold.replay(KEY, arrivals, discard_first=wish == "discard")
        moment = Moment("clock", self.turn, 0, at, DIARY.under)
        self.dossier.happened["clock"].append(Happened(moment, "granted", None, wish, len(arrivals)))
        if fold.result.failed:
            self._happened(at, done, "failed")
        self.letters = self.letters[done:]
        return self._commit(fold)

    def case(self, horizon: Horizon | None = None) -> Case:
        return Case(self.dossier, horizon or Horizon(4), deciders())

    def _fold(self, now: int) -> Fold[Any]:
        self.turn += 1
        return Fold(DIARY, [self.row], now)

    def _on_wire(self, status: str, at: int, moment: Moment) -> Record:
        number = len(self.dossier.wire[CASES]) + 1
        fact = Fact(KEY, at, CaseStatusChanged(status=status), "desk", f"e{number}", CASES, number)
        record = encode(fact, 4)
        record = altered(record, offset=number - 1)
        self.dossier.wire[CASES].append(OnWire(record, (moment,)))
        self.dossier.numbers["intake"] = number
        return record

    def _happened(self, at: int, place: int, what: str) -> None:
        moment = Moment("clock", self.turn, place, at, DIARY.under)
        self.dossier.happened["clock"].append(Happened(moment, what))

    def _failures(self, fold: Fold[Any], place: int, at: int) -> None:
        known = {one.moment[:3] for one in self.dossier.happened["clock"] if one.what == "failed"}
        if fold.result.failed and not any(turn == self.turn for _, turn, _ in known):
            self._happened(at, place, "failed")

    def _commit(self, fold: Fold[Any]) -> "Life":
        row = self.row = fold.result.rows[KEY]
        row.version += row.changed
        row.changed = False
        self.letters += [dead.record for dead in fold.result.dead]
        self.dossier.letters["clock"] = [
            Letter(number, record, "why" if number == 0 else None, 0, None)
            for number, record in enumerate(self.letters)
        ]
        for fact in fold.result.says:
            record = encode(fact, 4)
            offset = len(self.dossier.wire[CLOCKS])
            record = altered(record, offset=offset)
            self.dossier.wire[CLOCKS].append(OnWire(record, ()))
        thread, body = STORE.written(row)
        self.dossier.states["clock"] = Stored(KEY, row.version, row.wake_at, thread, body)
        return self


def altered(record: Record, offset: int | None = None, value: bytes | None = None, **named: str) -> Record:
    """With another place or value, or other CloudEvents attributes."""
    headers = tuple((name, named.get(name[3:], old.decode()).encode()) for name, old in record.headers)
    return Record(
        record.topic,
        record.partition,
        record.key,
        headers,
        record.value if value is None else value,
        record.offset if offset is None else offset,
    )


def journalled(number: int, status: str = "", position: int = 0, event: str = "") -> Entry:
    """The journal's row of what `Life` heard as its fact of that number."""
    text = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "desk",
        "type": "case.status_changed",
        "subject": "1",
        "time": render(START),
        "data": {"status": status or f"s{number}"},
    }
    return Entry(position or number, "acme", "desk", f"e{number}", KEY, START, event or json.dumps(text))


def said(topic: str, number: int, kind: str, cause: str = "e1", **data: Any) -> OnWire:
    """A fact on the wire, made by hand."""
    named = {"id": f"{topic}-{number}", "source": "test", "type": kind, "sequence": str(number)}
    headers = tuple((f"ce_{name}", text.encode()) for name, text in {**named, "causationid": cause}.items())
    return OnWire(Record(topic, HERE, KEY, headers, json.dumps(data).encode(), number - 1), ())
