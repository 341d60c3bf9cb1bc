"""Reads `clocks:` of a policy (see `clocks`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from shared.policy.clocks import (
    BEGIN_ANEW,
    OBJECTIVES,
    RESUME,
    SPLITS,
    STARTS,
    STOPS,
    Afterwards,
    ClockTerms,
    OnChange,
    Reopening,
    Trigger,
)
from shared.policy.coverage import read_coverage
from shared.policy.match import ALWAYS, Rules, When, read_when
from shared.policy.reading import Reading
from shared.policy.targets import Point, Promise, read_point, read_points, read_promises
from shared.policy.vocabulary import Vocabulary

_AMOUNTS = ("within", "every", "targets")
_MEMBERS = (
    *("means", "owner", "calendar", "warn", "automatic", "when", "pauses", "while", "reopen", "on_change"),
    *("starts", "stops", "counts", "stage", "after", "repeats", "exceptions", "objectives", "split"),
    *_AMOUNTS,
)


def read_clocks(
    node: Node, calendars: set[str], vocabulary: Vocabulary, reading: Reading
) -> Mapping[str, ClockTerms]:
    names = [name.value for name, _ in node.value] if isinstance(node, MappingNode) else []
    clocks = {}
    for name_node, name, value in reading.entries(node):
        clock = _Clock(name, name_node, reading.members(value, _MEMBERS), calendars, vocabulary, reading)
        if (terms := clock.read(names)) is not None:
            clocks[name] = terms
    return clocks


@dataclass(frozen=True, slots=True)
class _Clock:
    """Reads one entry of `clocks:`."""

    name: str
    at: Node
    members: Mapping[str, Node]
    calendars: set[str]
    vocabulary: Vocabulary
    reading: Reading

    def read(self, names: list[str]) -> ClockTerms | None:
        reading, members = self.reading, self.members
        promises, every = self._promises()
        starts, stops = self._starts(every=every), self._stops()
        after = calendar = None
        if "after" in members:
            others = [name for name in names if name != self.name]
            after = reading.one_of(members["after"], others, "clock")
        if "calendar" in members:
            calendar = read_coverage(members["calendar"], self.calendars, self.vocabulary, reading)
        if promises is None:
            return None
        return ClockTerms(
            name=self.name,
            means=(reading.text(members["means"]) or "") if "means" in members else "",
            starts=starts,
            stops=stops,
            promises=promises,
            applies=self._when("when"),
            after=after,
            repeats="repeats" in members and reading.flag(members["repeats"]),
            every=every,
            calendar=calendar,
            warn=read_points(members.get("warn"), reading) or (),
            pauses=self._pauses(),
            runs_while=self._when("while"),
            reopening=self._reopening(every=every),
            on_change=self._on_change(),
            automatic=self._automatic(promises, every=every),
            stage=self._when("stage") if "stage" in members else None,
            owner=(reading.text(members["owner"]) or "") if "owner" in members else "",
            exceptions="exceptions" in members and reading.flag(members["exceptions"]),
            inherits=self._inherits(),
            objectives=self._objectives(),
        )

    def _promises(self) -> tuple[Rules[Promise] | None, bool]:
        given = [word for word in _AMOUNTS if word in self.members]
        if len(given) != 1:
            wrong = f"the clock {self.name!r} has {len(given)} promises"
            self.reading.problem(self.at, wrong, "write exactly one of within:, every: and targets:")
            return None, "every" in given
        node = self.members[given[0]]
        every = given[0] == "every" or (given[0] == "targets" and _says_every(node))
        word = "every" if every else "within"
        return read_promises(node, word, self.calendars, self.vocabulary, self.reading), every

    def _inherits(self) -> bool:
        node = self.members.get("split")
        return node is not None and self.reading.one_of(node, SPLITS, "way to split") == "inherited"

    def _objectives(self) -> Mapping[str, int]:
        objectives = {}
        node = self.members.get("objectives")
        for name_node, name, value in self.reading.entries(node) if node is not None else ():
            span = self.reading.span(value)
            if self.reading.one_of(name_node, OBJECTIVES, "objective") is None or span is None:
                continue
            if span.dated:
                self.reading.problem(value, "this is counted in real time", "write days or hours")
            objectives[name] = span.microseconds
        return objectives

    def _starts(self, *, every: bool) -> tuple[Trigger, ...]:
        if "stage" in self.members:
            for word in ("starts", "every", "repeats", "after"):
                if word in self.members:
                    wrong = f"a stage begins when the case enters it: {word}: says otherwise"
                    self.reading.problem(self.members[word], wrong, f"leave {word}: out")
            return ()
        if "starts" in self.members:
            return self._triggers(self.members["starts"], STARTS)
        if not every:
            wrong = f"nothing starts the clock {self.name!r}"
            self.reading.problem(self.at, wrong, "add starts: case.opened")
        return (Trigger("case.opened", ALWAYS),)

    def _stops(self) -> tuple[Trigger, ...]:
        given = [self.members[word] for word in ("counts", "stops") if word in self.members]
        if not given and "stage" in self.members:
            return (Trigger("case.resolved", ALWAYS),)
        if len(given) != 1:
            wrong = f"the clock {self.name!r} is ended by {'both stops: and counts:' if given else 'nothing'}"
            self.reading.problem(self.at, wrong, "write stops: (or counts: for updates) once")
        return self._triggers(given[0], STOPS) if given else ()

    def _triggers(self, node: Node, allowed: tuple[str, ...]) -> tuple[Trigger, ...]:
        triggers = []
        for item in self.reading.items(node):
            members: dict[str, Node] = {"fact": item}
            if isinstance(item, MappingNode):
                members = self.reading.members(item, ("fact", "when"), ("fact",))
            fact = self.reading.one_of(members["fact"], allowed, "fact") if "fact" in members else None
            if fact is not None:
                when = read_when(members.get("when"), self.vocabulary, self.reading)
                triggers.append(Trigger(fact, when))
        return tuple(triggers)

    def _when(self, member: str) -> When:
        return read_when(self.members.get(member), self.vocabulary, self.reading)

    def _pauses(self) -> tuple[When, ...]:
        node = self.members.get("pauses")
        if node is None:
            return ()
        return tuple(read_when(item, self.vocabulary, self.reading) for item in self.reading.items(node))

    def _reopening(self, *, every: bool) -> Reopening | None:
        node = self.members.get("reopen")
        if node is None:
            if "stage" in self.members:
                return None  # the case enters it again, or does not
            # A period between two updates is not worth resuming: a reopened case begins a fresh one.
            return BEGIN_ANEW if every else RESUME
        if isinstance(node, ScalarNode):
            ways = {"resume": RESUME, "new cycle": BEGIN_ANEW, "nothing": None}
            return ways.get(self.reading.one_of(node, ways, "way to reopen") or "")
        members = self.reading.members(node, ("resume_within", "else"), ("resume_within",))
        span = self.reading.span(members["resume_within"]) if "resume_within" in members else None
        if span is not None and span.dated:
            wrong = "this is counted in real time"
            self.reading.problem(members["resume_within"], wrong, "write days or hours")
        afterwards: Afterwards = "new cycle"
        if "else" in members:
            word = self.reading.one_of(members["else"], get_args(Afterwards), "way to reopen")
            afterwards = "nothing" if word == "nothing" else "new cycle"
        return Reopening(span.microseconds if span else None, afterwards)

    def _on_change(self) -> OnChange:
        node = self.members.get("on_change")
        word = self.reading.one_of(node, get_args(OnChange), "way to change") if node is not None else None
        return next((way for way in get_args(OnChange) if way == word), "retroactive")

    def _automatic(self, promises: Rules[Promise], *, every: bool) -> Point | None:
        node = self.members.get("automatic")
        if node is None:
            return None
        if not every:
            wrong = "only a clock with every: sends updates by itself"
            self.reading.problem(node, wrong, "write every: 4 h")
        point = read_point(node, self.reading)
        if point is not None and (point.share > 1 or (point.share == 1 and point.offset >= 0)):
            self.reading.problem(node, "an update asked for when it is due comes too late", "write 90 %")
        targets = [rule.then.target for rule in promises.rules if rule.then.target is not None]
        spans = [target.span.microseconds for target in targets if not target.span.dated]
        if point is not None and any(not point.amount(span) for span in spans):
            self.reading.problem(node, "an update asked for at once would never end", "write 90 %")
        return point


def _says_every(node: Node) -> bool:
    items = node.value if isinstance(node, SequenceNode) else [node]
    mappings = [item for item in items if isinstance(item, MappingNode)]
    return any(name.value == "every" for item in mappings for name, _ in item.value)
