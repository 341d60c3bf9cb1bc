"""YAML text to nodes that know where they stand, and every mistake at once.

Values are taken as the author wrote them (no guessing of YAML types: `08:00` is no number here and `no` is no
boolean). Reading never stops at the first mistake: a reader notes a problem and goes on with what it has.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import NoReturn

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from shared.calendar.errors import CalendarError
from shared.calendar.spans import Span

LONGEST = 1 << 20
"""Characters in one file."""
DEEPEST = 20
"""Levels of nesting."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where (line and column count from 1), what is wrong, what to write instead."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class PolicyProblems(ValueError):
    """Everything that is wrong with one or more files, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def nearest(word: str, allowed: Collection[str]) -> str:
    """What to write instead: the closest allowed word, or all of them while they are few."""
    close = get_close_matches(word.lower(), [name.lower() for name in allowed], n=1, cutoff=0.6)
    if close:
        meant = next(name for name in allowed if name.lower() == close[0])
        return f"did you mean {meant}?"
    if not allowed:
        return ""
    names = list(allowed)
    return f"allowed: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"


class Reading:
    """The nodes of one file and the problems found in it so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def problem(self, node: Node, message: str, hint: str = "") -> None:
        mark = node.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, message, hint))

    def raise_problems(self) -> None:
        """Raises PolicyProblems when there are any."""
        if self.problems:
            raise PolicyProblems(self.problems)

    def compose(self, text: str) -> Node:
        """The one document of the text.

        Raises PolicyProblems: no YAML, empty, too long, too deep, or with aliases (a policy is read by
        people from top to bottom, and aliases can make a small file endless).
        """
        if len(text) > LONGEST:
            self._stop(0, 0, f"the file has {len(text)} characters", f"at most {LONGEST}")
        depth = 0
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    self._stop(*_place(event), "anchors and aliases are not read", "write it out")
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    self._stop(*_place(event), f"nested deeper than {DEEPEST} levels")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as wrong:
            place = wrong.problem_mark or wrong.context_mark
            line, column = (place.line, place.column) if place else (0, 0)
            self._stop(line, column, f"not YAML: {wrong.problem or wrong.context}")
        except yaml.YAMLError as wrong:
            self._stop(0, 0, f"not YAML: {wrong}")
        if root is None:
            self._stop(0, 0, "the file is empty")
        return root

    def _stop(self, line: int, column: int, message: str, hint: str = "") -> NoReturn:
        raise PolicyProblems([*self.problems, Problem(self.file, line + 1, column + 1, message, hint)])

    # What a node holds

    def entries(self, node: Node) -> Iterator[tuple[ScalarNode, str, Node]]:
        """The entries of a mapping whose names the author chooses: (name's node, name, value)."""
        if not isinstance(node, MappingNode):
            self.problem(node, f"names with values are wanted here, not {_kind(node)}")
            return
        seen: set[str] = set()
        for name, value in node.value:
            if not isinstance(name, ScalarNode):
                self.problem(name, "a name is wanted here")
            elif name.value in seen:
                self.problem(name, f"{name.value!r} stands here twice", "keep one of them")
            else:
                seen.add(name.value)
                yield name, name.value, value

    def members(
        self, node: Node, allowed: Collection[str], required: Collection[str] = ()
    ) -> dict[str, Node]:
        """The entries of a mapping whose names are given; unknown and missing ones are problems."""
        found: dict[str, Node] = {}
        for name_node, name, value in self.entries(node):
            if name in allowed:
                found[name] = value
            else:
                self.problem(name_node, f"unknown name {name!r}", nearest(name, allowed))
        if isinstance(node, MappingNode):
            for name in required:
                if name not in found:
                    self.problem(node, f"{name!r} is missing")
        return found

    def items(self, node: Node) -> list[Node]:
        """The items of a list; anything else is a list of one."""
        return list(node.value) if isinstance(node, SequenceNode) else [node]

    def text(self, node: Node) -> str | None:
        if isinstance(node, ScalarNode) and node.value.strip():
            return str(node.value).strip()
        self.problem(node, f"a word is wanted here, not {_kind(node)}")
        return None

    def texts(self, node: Node) -> tuple[str, ...]:
        """One word or a list of words."""
        return tuple(word for item in self.items(node) if (word := self.text(item)) is not None)

    def one_of(self, node: Node, allowed: Collection[str], what: str) -> str | None:
        """A word of a closed set; `what` names the set in the problem."""
        word = self.text(node)
        if word is None or word in allowed:
            return word
        self.problem(node, f"unknown {what} {word!r}", nearest(word, allowed))
        return None

    def some_of(self, node: Node, allowed: Collection[str], what: str) -> tuple[str, ...]:
        return tuple(
            word for item in self.items(node) if (word := self.one_of(item, allowed, what)) is not None
        )

    def flag(self, node: Node) -> bool:
        return self.one_of(node, ("true", "false"), "answer") == "true"

    def span(self, node: Node) -> Span | None:
        """`30 min`, `2h`, `1 business day`: longer than nothing."""
        text = self.text(node)
        if text is None:
            return None
        try:
            span = Span.parse(text)
        except CalendarError as wrong:
            self.problem(node, str(wrong))
            return None
        if span == Span():
            self.problem(node, f"{text!r} is no time at all", "write more than 0")
            return None
        return span

    def day(self, node: Node) -> date | None:
        text = self.text(node)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.problem(node, f"{text!r} is no date", "write it as 2026-12-31")
            return None


def _place(event: yaml.Event) -> tuple[int, int]:
    return (event.start_mark.line, event.start_mark.column) if event.start_mark else (0, 0)


def _kind(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "names with values"
    if isinstance(node, SequenceNode):
        return "a list"
    return "nothing" if not node.value.strip() else f"{node.value!r}"
