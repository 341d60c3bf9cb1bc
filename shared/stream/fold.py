"""A batch, folded: states and what was heard in, states and what is said out. Pure, no transaction here.

Here duplicates end, gaps are seen, facts get their numbers, and a `decide` that raises becomes a dead letter
with its case parked behind it, while all other cases go on.
"""

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from shared.contracts.decision import Call, Saying, Wake
from shared.contracts.envelope import Fact, Said, Unknown
from shared.contracts.instant import Instant
from shared.contracts.topics import TOPIC_OF
from shared.stream.codec import Unreadable, decode, type_of
from shared.stream.process import Process
from shared.stream.turn import TIME
from shared.stream.wire import Record

S = TypeVar("S")

LONGEST_GAP_LIST = 100


class Heard(Struct, omit_defaults=True):
    """How far one topic was heard about one case: the highest number, and those below it that never came."""

    last: int = 0
    missing: list[int] = []


class Thread(Struct, omit_defaults=True):
    """What a case's row remembers beside its state, to number, to deduplicate and to trace."""

    heard: dict[str, Heard] = {}
    said: int = 0
    aside: dict[str, int] = {}
    """The last numbers on topics aside, as `said` is on the process's own."""
    correlation: str = ""
    causation: str = ""
    trace: str = ""
    parked: bool = False
    """A dead letter of this case is open: facts and time wait behind it."""
    held_wake: Instant | None = None
    """While parked: when the state asked to be called."""


class Stored(NamedTuple):
    """A row of the table `state`, as it is written."""

    key: str
    version: int
    wake_at: Instant | None
    thread: str
    body: str | None


@dataclass(slots=True)
class Row(Generic[S]):
    """One case as the kit keeps it."""

    key: str
    state: S | None = None
    version: int = 0
    wake_at: Instant | None = None
    thread: Thread = field(default_factory=Thread)
    changed: bool = False
    rewritten: bool = False
    """Its state changed too: else what is stored of it stays as it is."""
    stored: Stored | None = None
    """As it was read or written last; None: never."""


class Arrival(NamedTuple):
    """A record and the fact in it; no fact and a reason where it could not be read."""

    record: Record
    fact: Fact | None
    unreadable: str = ""
    passed_over: bool = False
    """Of a type that the process does not heed, on a topic of which it keeps no numbers."""


def arrival(record: Record, process: Process[S]) -> Arrival:
    """A record of the wire, read as far as a process heeds it."""
    heeds = process.heeds
    if heeds is not None and record.topic not in process.counted:
        kind = type_of(record)
        if kind is not None and kind not in heeds:
            return Arrival(record, None, passed_over=True)
    return _read(record, heeds)


def _read(record: Record, heeds: frozenset[str] | None = None) -> Arrival:
    try:
        return Arrival(record, decode(record, heeds))
    except Unreadable as wrong:
        return Arrival(record, None, str(wrong))


def letter(record: Record, outcomes: Iterable[type[Said]]) -> Arrival:
    """A dead letter, to be folded again. `outcomes`: what the process's own calls come back with."""
    if not record.headers:
        return Arrival(record, None)  # nothing but time was heard
    found = _read(record)
    if found.fact is None or record.topic:
        return found
    # It never travelled: its type is the process's own.
    kind = dict(record.headers)["ce_type"].decode()
    data = next(said for said in outcomes if said.type == kind).model_validate_json(record.value)
    return Arrival(record, found.fact._replace(data=data))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was not decided. Without a reason it waits behind one that has one."""

    record: Record
    reason: str | None


@dataclass(slots=True)
class Folded(Generic[S]):
    """What a batch came to."""

    rows: dict[str, Row[S]]
    says: list[Fact] = field(default_factory=list)
    calls: list[tuple[str, Call]] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    lateness: list[int] = field(default_factory=list)
    duplicates: int = 0
    passed_over: int = 0
    gaps: list[str] = field(default_factory=list)
    handled: dict[str, int] = field(default_factory=dict)
    failure: str = ""
    """Why a replay stopped."""
    failed: list[tuple[str, int]] = field(default_factory=list)
    """What could not be decided: the key, and its place among the arrivals or letters; `TIME` is time's."""


class NoProgress(Exception):
    """Woken, a state changed nothing and asked to be woken again at once: it would do so for ever."""


class Fold(Generic[S]):
    """Feeds one batch to a process's `decide`. `now` is read once, before; `rows` are the batch's cases."""

    def __init__(self, process: Process[S], rows: Iterable[Row[S]], now: Instant) -> None:
        self._process = process
        self._counted = process.counted
        self._now = now
        self.result = Folded({row.key: row for row in rows})

    def hear(self, arrivals: Iterable[Arrival], first: int = 0) -> None:
        """`first`: the place of the first of them in the batch."""
        for place, arrival in enumerate(arrivals, first):
            if arrival.passed_over:
                self.result.passed_over += 1
                continue
            row = self._row(arrival.record.key)
            if not self._is_new(row, arrival):
                self.result.duplicates += 1
            elif arrival.fact is not None and isinstance(arrival.fact.data, Unknown):
                continue  # of no concern here, or of a newer release: counted, and passed over
            elif row.thread.parked:
                self._bury(row, DeadLetter(arrival.record, None))
            else:
                self._decide_arrival(row, arrival, place)

    def wake(self, keys: Iterable[str]) -> None:
        for key in keys:
            row = self._row(key)
            if row.wake_at is None or row.wake_at > self._now or row.thread.parked:
                continue  # what was due changed since it was looked up
            self.result.lateness.append(self._now - row.wake_at)
            before = row.state, row.wake_at
            try:
                says = self._decide(row, Wake())
                if not says and (row.state, row.wake_at) == before:
                    raise NoProgress(f"woken at {self._now}, nothing changed and wake_at stays {row.wake_at}")
            except Exception:  # noqa: BLE001 - a bug in decide: the case is parked, the others go on
                time_itself = Record("", 0, key, (), b"")  # no headers: nothing but time was heard
                self._fail(row, TIME, DeadLetter(time_itself, traceback.format_exc()))

    def replay(self, key: str, letters: Sequence[Arrival], *, discard_first: bool) -> int:
        """Feed a parked case its dead letter and what waits behind it; returns how many are done with.

        It stops at the first that fails again, which stays where it is with those behind it.
        """
        row = self._row(key)
        row.thread.parked, row.changed = False, True
        row.wake_at, row.thread.held_wake = row.thread.held_wake, None
        for done, letter in enumerate(letters):
            if done == 0 and discard_first:
                continue
            try:
                if letter.unreadable:
                    raise ValueError(letter.unreadable)
                if not letter.record.headers:
                    self._decide(row, Wake())
                elif letter.fact is not None:
                    self._decide(row, letter.fact)
            except Exception:  # noqa: BLE001 - still a bug: it stays a dead letter
                self.result.failure = traceback.format_exc()
                self.result.failed.append((key, done))
                self._park(row)
                return done
        return len(letters)

    def _row(self, key: str) -> Row[S]:
        row = self.result.rows.get(key)
        if row is None:
            row = self.result.rows[key] = Row(key)
        return row

    def _is_new(self, row: Row[S], arrival: Arrival) -> bool:
        fact = arrival.fact
        if fact is None or fact.sequence == 0:
            return True
        heard = row.thread.heard.get(fact.topic)
        if heard is None:
            heard = row.thread.heard[fact.topic] = Heard()
        counted = fact.topic in self._counted
        if fact.sequence == heard.last + 1 or (fact.sequence > heard.last and not counted):
            heard.last = fact.sequence
        elif fact.sequence > heard.last:
            # Must never happen; the missing ones are remembered, so that none is taken for a duplicate later.
            skipped = range(heard.last + 1, fact.sequence)
            self.result.gaps.append(f"{fact.topic} {fact.key}: {heard.last} then {fact.sequence}")
            heard.missing = (heard.missing + list(skipped[:LONGEST_GAP_LIST]))[-LONGEST_GAP_LIST:]
            heard.last = fact.sequence
        elif fact.sequence in heard.missing:
            heard.missing.remove(fact.sequence)
        else:
            return False
        row.changed = True
        return True

    def _decide_arrival(self, row: Row[S], arrival: Arrival, place: int) -> None:
        fact = arrival.fact
        if fact is None:
            self._fail(row, place, DeadLetter(arrival.record, arrival.unreadable))
            return
        self.result.handled[fact.topic] = self.result.handled.get(fact.topic, 0) + 1
        try:
            self._decide(row, fact)
        except Exception:  # noqa: BLE001 - a bug in decide: the case is parked, the others go on
            self._fail(row, place, DeadLetter(arrival.record, traceback.format_exc()))

    def _decide(self, row: Row[S], heard: Fact | Wake) -> bool:
        decision = self._process.decide(row.state, heard, self._now)
        thread = row.thread
        if isinstance(heard, Fact) and heard.sequence:
            thread.causation = heard.id
            thread.correlation = thread.correlation or heard.correlation or heard.id
            thread.trace = heard.trace or thread.trace
        for saying in decision.says:
            self.result.says.append(self._say(row, saying))
        for call in decision.calls:
            self.result.calls.append((row.key, call))
        row.rewritten = row.rewritten or decision.state is not row.state
        row.state, row.wake_at, row.changed = decision.state, decision.wake_at, True
        return bool(decision.says or decision.calls)

    def _say(self, row: Row[S], saying: Saying) -> Fact:
        name, thread = self._process.name, row.thread
        if (topic := TOPIC_OF[type(saying.data)]) in self._process.aside:
            number = thread.aside[topic] = thread.aside.get(topic, 0) + 1
        else:
            topic, number = self._process.says, thread.said + 1
            thread.said = number
        return Fact(
            key=row.key,
            time=saying.time,
            data=saying.data,
            source=f"tocsin/{name}",
            id=f"{row.key}#{topic}-{number}",
            topic=topic,
            sequence=number,
            correlation=thread.correlation,
            causation=thread.causation,
            trace=thread.trace,
        )

    def _fail(self, row: Row[S], place: int, letter: DeadLetter) -> None:
        self.result.failed.append((row.key, place))
        self._bury(row, letter)

    def _bury(self, row: Row[S], letter: DeadLetter) -> None:
        self._park(row)
        self.result.dead.append(letter)

    @staticmethod
    def _park(row: Row[S]) -> None:
        row.thread.parked = row.changed = True
        if row.wake_at is not None:
            row.thread.held_wake, row.wake_at = row.wake_at, None
