"""What the lines of a scenario mean under its policy: what happens, what must be said, how a clock stands.

Nothing is lived here. Every mistake of a scenario is found at once, with its place and what is allowed there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from cli.scenarios.details import Details, Want, read_details
from cli.scenarios.document import Line, Scenario, Text
from cli.scenarios.events import event_of
from cli.scenarios.expecting import standing_of, wants_of
from cli.scenarios.vocabulary import (
    EVENTS,
    SAID,
    UPDATE_SENT,
    WORLD,
    beginning,
    spoken,
)
from shared.calendar.zone import local
from shared.contracts.envelope import Said
from shared.policy.directory import Directory
from shared.policy.policy import Policy
from shared.policy.reading import PolicyProblems, Problem, nearest

STANDS = ("is", "has", "shows")


@dataclass(frozen=True, slots=True)
class Happens:
    """Something that people or other systems do; `said` is None for what refers to a page or an update."""

    text: Text
    at: int
    arrives: int
    word: str
    said: Said | None
    refers_to: str = ""
    """The receiver of the page, or the clock of the update."""


@dataclass(frozen=True, slots=True)
class Expects:
    """A fact that is to be said at that time."""

    text: Text
    at: int
    said: type[Said]
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True)
class Stands:
    """How a clock is to stand at that time."""

    text: Text
    at: int
    clock: str
    wants: tuple[Want, ...]


@dataclass(frozen=True, slots=True)
class Passes:
    """Time, up to that instant."""

    text: Text
    at: int


Phrase = Happens | Expects | Stands | Passes


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario as it is to be lived, line by line in the order of the file."""

    scenario: Scenario
    where: ZoneInfo
    phrases: tuple[Phrase, ...]


@dataclass(slots=True)
class Meaning:
    """Reads lines one after another: each weekday is the next one after the line before."""

    policy: Policy
    directory: Directory
    customer: str
    where: ZoneInfo
    today: date
    heard: int = 0
    """The latest instant at which something has happened or arrived."""

    def of(self, scenario: Scenario) -> Play:
        """Raises PolicyProblems: everything in it that means nothing."""
        phrases: list[Phrase] = []
        problems: list[Problem] = []
        for line in scenario.lines:
            try:
                phrases.extend(self._line(line))
            except PolicyProblems as wrong:
                problems.extend(wrong.problems)
        if problems:
            raise PolicyProblems(problems)
        return Play(scenario, self.where, tuple(phrases))

    def _line(self, line: Line) -> Iterator[Phrase]:
        at = line.time.after(self.today, self.where)
        if not line.phrases:
            yield Passes(Text("", line.place), at)
        problems: list[Problem] = []
        for text in line.phrases:
            try:
                yield self._phrase(text, line, at)
            except PolicyProblems as wrong:
                problems.extend(wrong.problems)
        if problems:
            raise PolicyProblems(problems)
        self.today = max(self.today, local(self.where, max(at, self.heard))[0])

    def _phrase(self, text: Text, line: Line, at: int) -> Phrase:
        words = text.words
        if words.lower() == "nothing":
            return Passes(text, at)
        if (event := beginning(words, EVENTS)) is not None:
            return self._happens(text, event, line, at)
        if (doing := beginning(words, WORLD)) is not None:
            return self._happens(text, doing, line, at)
        if (saying := beginning(words, SAID)) is not None:
            word = SAID[saying]
            details = self._details(text, saying, at)
            return Expects(text, at, word.said, wants_of(word, details, self.policy, self.directory))
        for clock in self.policy.clocks:
            if beginning(words, tuple(f"{spoken(clock)} {verb}" for verb in STANDS)) is not None:
                verb_ends = f"{clock} {spoken(words)[len(clock) + 1 :].split()[0]}"
                wants = standing_of(self._details(text, verb_ends, at))
                if not wants:
                    hint = "write is running, is due TIME, has 20 min left"
                    raise PolicyProblems([text.place.problem(f"{words!r} asks nothing", hint)])
                return Stands(text, at, clock, wants)
        raise PolicyProblems(
            [text.place.problem(f"{words!r} says nothing that is known here", self._near(words))]
        )

    def _near(self, words: str) -> str:
        """What may have been meant, by the first two words or the first."""
        known = [*EVENTS, *WORLD, *SAID, *(f"{spoken(clock)} is" for clock in self.policy.clocks), "nothing"]
        beginnings = [" ".join(spoken(words).split()[:count]) for count in (3, 2, 1)]
        hints = [nearest(each, known) for each in beginnings]
        return next((hint for hint in hints if hint.startswith("did you mean")), hints[-1])

    def _details(self, text: Text, begins: str, at: int) -> Details:
        """Of what stands behind the first words, as long as they are."""
        end = _end_of(text.words, len(begins.split(" ")))
        return read_details(Text(text.words[end:], text.at(end)), tuple(self.policy.clocks), at, self.where)

    def _happens(self, text: Text, word: str, line: Line, at: int) -> Happens:
        details = self._details(text, word, at)
        arrives = at
        if details.arrives is not None:
            arrives = details.arrives.after(local(self.where, max(at, self.heard))[0], self.where)
            at = line.time.before(arrives, self.where) if line.time.day is None else at
        if arrives < self.heard:
            wrong = "this happens before something that stands above it"
            hint = "put the lines in order, or say when it arrives: arrives Mon 10:00"
            raise PolicyProblems([text.place.problem(wrong, hint)])
        self.heard = arrives
        if word in EVENTS:
            said = event_of(EVENTS[word], details, self.policy, self.customer, self.where)
            return Happens(text, at, arrives, word, said)
        who = details.rest
        if word == UPDATE_SENT:
            who = details.clock
        elif not who:
            raise PolicyProblems([text.place.problem("nobody is named", f"write {word} PERSON or ROLE")])
        return Happens(text, at, arrives, word, None, who)


def _end_of(text: str, words: int) -> int:
    """Where the first words end; a dot or underscore parts them as well as a space does."""
    end = 0
    for _ in range(words):
        while end < len(text) and text[end] in " ._\t":
            end += 1
        while end < len(text) and text[end] not in " ._\t,":
            end += 1
    return end
