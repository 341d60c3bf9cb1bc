"""A scenario file as it is written: headers, lines, phrases, each with its place. Not yet what they mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cli.scenarios.times import HINT, TIME, BadTime, LocalTime
from shared.policy.reading import Problem, nearest

HEADERS = ("policy", "customer", "with", "keeps", "about", "zone", "directory", "also")
"""Those of a file stand before its first scenario and hold for each that does not say otherwise."""

ID = re.compile(r"[A-Z][A-Z0-9]*-\d+")
_HEADER = re.compile(r"\s*([a-z]+):(?:\s+(.*))?$")
_KEEPS = re.compile(r"\s{2,}keeps:\s*(.*)$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_PHRASE = re.compile(r'(?:"[^"]*"|[^;"])+')


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column count from 1."""

    file: str
    line: int
    column: int

    def problem(self, message: str, hint: str = "") -> Problem:
        return Problem(self.file, self.line, self.column, message, hint)


@dataclass(frozen=True, slots=True)
class Text:
    """Words with their place."""

    words: str
    place: Place

    def at(self, offset: int) -> Place:
        return replace(self.place, column=self.place.column + offset)


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one instant; `until` lets time pass up to it and no more."""

    time: LocalTime
    place: Place
    phrases: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    title: str
    place: Place
    headers: dict[str, Text] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()

    def words(self, header: str) -> list[str]:
        """The items of a header, as they are written between commas."""
        text = self.headers.get(header)
        return [item.strip() for item in text.words.split(",") if item.strip()] if text else []

    @property
    def keeps(self) -> tuple[str, ...]:
        """The ids of the obligations that it carries."""
        return tuple(self.words("keeps"))


def read_document(text: str, file: str) -> tuple[list[Scenario], list[Problem]]:
    """The scenarios of a file as far as they can be read, and every line that is none of one."""
    document = _Document(file)
    for number, line in enumerate(text.splitlines(), 1):
        document.take(number, _COMMENT.sub("", line).rstrip())
    return document.scenarios(), document.problems


class _Document:
    def __init__(self, file: str) -> None:
        self.file = file
        self.shared: dict[str, Text] = {}
        self.found: list[Scenario] = []
        self.problems: list[Problem] = []

    def scenarios(self) -> list[Scenario]:
        if not self.found and not self.problems:
            self.problems.append(Problem(self.file, 1, 1, "no scenario is here", "write scenario: TITLE"))
        for scenario in self.found:
            if not scenario.lines and not self.problems:
                self.problems.append(scenario.place.problem("nothing happens in this scenario", HINT))
            if "policy" not in scenario.headers:
                self.problems.append(scenario.place.problem("no policy is named", "write policy: NAME"))
        return [each for each in self.found if each.lines and "policy" in each.headers]

    def take(self, number: int, line: str) -> None:
        if not line.strip():
            return
        indent = len(line) - len(line.lstrip())
        place = Place(self.file, number, indent + 1)
        rest = line.strip()
        until = rest.partition(" ")[0] == "until"
        start = len(rest) - len(rest[5:].lstrip()) if until else 0
        if (time := TIME.match(rest, start)) is not None:
            self._line(place, time, rest)
        elif (header := _HEADER.match(line)) is not None and header[1] in ("scenario", *HEADERS):
            self._header(place, header[1], header[2] or "", line)
        elif header is not None and " " not in header[1] and not (self.found and self.found[-1].lines):
            hint = nearest(header[1], ("scenario", *HEADERS))
            self.problems.append(place.problem(f"unknown header {header[1]!r}", hint))
        elif self.found and self.found[-1].lines:
            last = self.found[-1].lines[-1]
            more = replace(last, phrases=(*last.phrases, *_phrases(rest, place)))
            self.found[-1] = replace(self.found[-1], lines=(*self.found[-1].lines[:-1], more))
        else:
            self.problems.append(place.problem(f"a line begins with its time: {rest[:30]!r}", HINT))

    def _line(self, place: Place, time: re.Match[str], rest: str) -> None:
        if not self.found:
            self.problems.append(
                place.problem("this line is of no scenario", "write scenario: TITLE above it")
            )
            return
        try:
            local = LocalTime.of(time)
        except BadTime as wrong:
            self.problems.append(place.problem(str(wrong), HINT))
            return
        line = Line(local, place, tuple(_phrases(rest, place, time.end())))
        if not self.found[-1].lines and local.day is None:
            self.problems.append(place.problem("the first line of a scenario names its date", HINT))
        self.found[-1] = replace(self.found[-1], lines=(*self.found[-1].lines, line))

    def _header(self, place: Place, name: str, value: str, line: str) -> None:
        at = replace(place, column=len(line) - len(value) + 1)
        if name == "scenario":
            keeps = _KEEPS.search(value)
            title = value[: keeps.start()].strip() if keeps else value.strip()
            if not title:
                self.problems.append(
                    place.problem("this scenario has no title", "say in words what it shows")
                )
            self.found.append(Scenario(title, place, dict(self.shared)))
            if keeps is not None:
                self._set("keeps", Text(keeps[1], replace(at, column=at.column + keeps.start(1))))
        elif self.found and self.found[-1].lines:
            self.problems.append(place.problem(f"{name}: stands before the first line", "move it up"))
        else:
            self._set(name, Text(value.strip(), at))

    def _set(self, name: str, text: Text) -> None:
        if not text.words:
            self.problems.append(text.place.problem(f"nothing stands behind {name}:"))
        if name == "keeps":
            for word in text.words.split(","):
                if not ID.fullmatch(word.strip()):
                    wrong = f"{word.strip()!r} is no obligation's id"
                    self.problems.append(text.place.problem(wrong, "write keeps: FD-1, FD-2"))
        (self.found[-1].headers if self.found else self.shared)[name] = text


def _phrases(line: str, place: Place, start: int = 0) -> Iterator[Text]:
    for found in _PHRASE.finditer(line, start):
        words = found[0].strip()
        if words:
            offset = found.start() + len(found[0]) - len(found[0].lstrip())
            yield Text(words, replace(place, column=place.column + offset))
