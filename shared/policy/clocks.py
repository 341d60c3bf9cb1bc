"""The clocks of a policy: what starts, stops, pauses and repeats each metric, and what is promised on it.

    first_response: {starts: case.opened, stops: [support.replied], within: 30 min, warn: [75 %]}
    ongoing_response: {starts: customer.replied, stops: support.replied, repeats: true, within: 1 h}
    ongoing_update: {every: 4 h, counts: [support.updated, update.sent], while: {status: in_progress}}
    resolution: {starts: case.opened, stops: case.resolved, targets: {P1: 4 h, P2: 8 h},
                 pauses: {status: waiting}, reopen: {resume_within: 5 d, else: new cycle}}

The names are the author's: the five metrics of the trade and any other are said in the same words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from shared.policy.coverage import read_coverage
from shared.policy.match import ALWAYS, Rules, When, read_when
from shared.policy.reading import Reading
from shared.policy.targets import Point, Promise, read_point, read_points, read_promises
from shared.policy.vocabulary import Vocabulary

OnChange = Literal["retroactive", "from_now", "keep"]
Afterwards = Literal["new cycle", "nothing"]

STARTS = (
    "case.opened",
    "case.status_changed",
    "customer.replied",
    "support.replied",
    "support.updated",
)
"""Facts of an open case. A clock that begins with the resolution would need a life beyond the case's own."""
STOPS = (*STARTS[1:], "case.resolved", "case.closed", "update.sent")

_AMOUNTS = ("within", "every", "targets")
_WHEN = ("when", "starts", "stops", "counts", "after", "repeats", "pauses", "while", "reopen", "on_change")
_MEMBERS = ("means", "calendar", "warn", "automatic", *_AMOUNTS, *_WHEN)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A fact that starts or stops a clock; `when` asks for the case's attributes as they are after it."""

    fact: str
    when: When


@dataclass(frozen=True, slots=True)
class Reopening:
    """What a reopened case does to a cycle that its resolution ended.

    Within `resume_within` (microseconds of real time; None: always) the same cycle goes on and the time in
    between is a pause; later, `afterwards`.
    """

    resume_within: int | None
    afterwards: Afterwards


RESUME = Reopening(None, "new cycle")
BEGIN_ANEW = Reopening(0, "new cycle")


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """One metric.

    `every`: its cycles follow one another by themselves, each ended by an update. `repeats`: each start
    begins a cycle unless one is running (the oldest unanswered message holds it). Otherwise it runs once.
    """

    name: str
    means: str
    starts: tuple[Trigger, ...]
    stops: tuple[Trigger, ...]
    promises: Rules[Promise]
    applies: When
    after: str | None
    """Starts only once this clock has been met."""
    repeats: bool
    every: bool
    calendar: Rules[str] | None
    """Its own coverage instead of the policy's."""
    warn: tuple[Point, ...]
    pauses: tuple[When, ...]
    """Paused while any of these holds."""
    runs_while: When
    """Paused while this does not hold."""
    reopening: Reopening | None
    """None: a reopened case does not concern it."""
    on_change: OnChange
    automatic: Point | None
    """At this point the policy itself asks for the update to be sent."""

    def points(self) -> frozenset[str]:
        """The words of all warning points that a case may come to."""
        promised = (rule.then.warn or () for rule in self.promises.rules)
        return frozenset(point.words for points in (self.warn, *promised) for point in points)


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

    def _starts(self, *, every: bool) -> tuple[Trigger, ...]:
        if "starts" in self.members:
            return self._triggers(self.members["starts"], STARTS)
        if not every:
            wrong = f"nothing starts the clock {self.name!r}"
            self.reading.problem(self.at, wrong, "add starts: case.opened")
        return (Trigger("case.opened", ALWAYS),)

    def _stops(self) -> tuple[Trigger, ...]:
        given = [self.members[word] for word in ("counts", "stops") if word in self.members]
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
            # A period between two updates is not worth resuming: a reopened case begins a fresh one.
            return BEGIN_ANEW if every else RESUME
        if isinstance(node, ScalarNode):
            ways = {"resume": RESUME, "new cycle": BEGIN_ANEW, "nothing": None}
            return ways.get(self.reading.one_of(node, ways, "way to reopen") or "")
        members = self.reading.members(node, ("resume_within", "else"), ("resume_within",))
        span = self.reading.span(members["resume_within"]) if "resume_within" in members else None
        if span is not None and span.business_days:
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
        spans = [target.span.microseconds for target in targets if not target.span.business_days]
        if point is not None and any(not point.amount(span) for span in spans):
            self.reading.problem(node, "an update asked for at once would never end", "write 90 %")
        return point


def _says_every(node: Node) -> bool:
    items = node.value if isinstance(node, SequenceNode) else [node]
    mappings = [item for item in items if isinstance(item, MappingNode)]
    return any(name.value == "every" for item in mappings for name, _ in item.value)
