"""One case in virtual time: every service's `decide`, folded as the kit folds it, with nothing in between.

What a running system does in its time, this does at once: a fact is heard at the instant of its `time`, what
is said is heard in the same instant, and time is let through only when all that happened by then was heard.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant, render
from shared.stream.fold import Arrival, Fold, Folded, Row
from shared.stream.process import Process
from shared.stream.wire import Record


class PlayFailed(Exception):
    """A `decide` raised, which a running system would have made a dead letter; the message has the trace."""


@dataclass(slots=True)
class Played:
    """The end of it: each process's state of the case, and all that was said, in order."""

    states: dict[str, Any] = field(default_factory=dict)
    said: list[Fact] = field(default_factory=list)


def play(key: str, facts: Iterable[Fact], processes: Sequence[Process[Any]], until: Instant) -> Played:
    """Live through one case up to and including `until`. `facts` are in the order in which they are told.

    Raises:
        PlayFailed: a process failed on a fact.
    """
    rows: dict[str, Row[Any]] = {process.name: Row(key) for process in processes}
    told = deque(fact for fact in facts if fact.time <= until)
    now = told[0].time if told else until
    played = Played()

    def take_in(folded: Folded[Any]) -> Iterable[Fact]:
        if folded.dead:
            raise PlayFailed(f"{key} at {render(now)}: {folded.dead[0].reason}")
        played.said += folded.says
        return folded.says

    while True:
        waking = min(
            ((row.wake_at, name) for name, row in rows.items() if row.wake_at is not None),
            default=(until + 1, ""),
        )
        # At the same instant facts go first: what happened by an instant counts at it.
        if told and told[0].time <= max(waking[0], now):
            fact = told.popleft()
            now = max(now, fact.time)
            unheard = deque([fact])
        elif waking[0] <= until:
            now = max(now, waking[0])
            process = next(process for process in processes if process.name == waking[1])
            fold = Fold(process, [rows[process.name]], now)
            fold.wake([key])
            unheard = deque(take_in(fold.result))
        else:
            break
        while unheard:
            fact = unheard.popleft()
            for process in processes:
                if fact.topic in process.hears:
                    fold = Fold(process, [rows[process.name]], now)
                    fold.hear([Arrival(Record(fact.topic, 0, key, (), b""), fact)])
                    unheard.extend(take_in(fold.result))
    played.states = {name: row.state for name, row in rows.items()}
    return played
