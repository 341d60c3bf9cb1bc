"""A policy with one of its rules dropped or altered: what its scenarios must notice.

A mutant is a policy in which one entry or item is gone, or one value is another one. What no reader takes as
a policy is none, nor is what says the same. Words for people (titles, meanings, roles) promise nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from cli.scenarios.alteration import others, pools
from shared.policy.policy import Policy, examine, read_policy
from shared.policy.reading import Reading

NAMES = ("policy", "effective", "title", "severities", "statuses", "kinds", "attributes", "means", "role")
"""Entries that say what things are called, not what is promised."""

_DAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)-(mon|tue|wed|thu|fri|sat|sun)", re.IGNORECASE)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNSAID = re.compile(r"line=\d+|0x[0-9a-f]+")
"""What a policy's repr shows of its text and of memory; two calendars are told apart by their entries."""
_TRIES = 12

Replacement: TypeAlias = list[tuple[list[Any], int, Any]]
"""Lists of the tree, positions in them and what stands there instead; None: nothing."""
Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`what` tells the change in plain words: `clocks.resolution.warn: 75 % is dropped`."""

    line: int
    column: int
    what: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class _Change:
    """Each with what it does, tried until one is a policy."""

    node: Node
    path: Path
    tries: list[tuple[str, Replacement]]


def mutants(text: str, file: str) -> Iterator[Mutant]:
    """Every viable mutant of a policy that says something else than it, in the order of its text."""
    original = read_policy(text, file)
    same = _UNSAID.sub("", repr(original))
    root = Reading(file).compose(text)
    told: set[tuple[int, str]] = set()
    for change in sorted(_Tree(root, original).changes(), key=lambda each: each.node.start_mark.index):
        for what, replacement in change.tries:
            policy = _with(root, replacement, file)
            if policy is None:
                continue
            said = _UNSAID.sub("", repr(policy))
            mark = change.node.start_mark
            if change.path[0] in ("calendars", "zone") or (said != same and (mark.line, said) not in told):
                told.add((mark.line, said))
                where = ".".join(change.path)
                yield Mutant(mark.line + 1, mark.column + 1, f"{where}{what}", policy)
            break


def _with(root: Node, replacement: Replacement, file: str) -> Policy | None:
    """The policy with some members of the tree replaced, or None where it is none."""
    before = [(values, list(values)) for values, _, _ in replacement]
    reading = Reading(file)
    try:
        for values, position, value in sorted(replacement, key=lambda each: -each[1]):
            if value is None:
                del values[position]
            else:
                values[position] = value
        policy = examine(root, reading)
    finally:
        for values, kept in reversed(before):
            values[:] = kept
    return None if reading.problems else policy


class _Tree:
    """Finds what can be changed in a policy's text."""

    def __init__(self, root: Node, policy: Policy) -> None:
        self.root = root
        self.kinds = pools(policy)
        calendars = [value for _, value in _entry(root, "calendars").value]
        self.zoned = all(_has_zone(each) for each in calendars)
        self.initial = policy.vocabulary.initial_status

    def changes(self) -> Iterator[_Change]:
        yield from self._of(self.root, ())
        yield from self._first_status()

    def _of(self, node: Node, path: Path) -> Iterator[_Change]:
        if isinstance(node, MappingNode):
            for position in range(len(node.value)):
                yield from self._entry(node, position, path)
        elif isinstance(node, SequenceNode):
            for position, item in enumerate(node.value):
                here = (*path[:-1], f"{path[-1]}[{position + 1}]")
                yield _Change(item, path, [(f": {_said(item)} is dropped", [(node.value, position, None)])])
                if any(letter.isdigit() for letter in item.value if isinstance(item, ScalarNode)):
                    yield from self._altered(item, path, node.value, position)
                yield from self._of(item, here)

    def _entry(self, node: MappingNode, position: int, path: Path) -> Iterator[_Change]:
        name, value = node.value[position]
        here = (*path, name.value)
        if name.value in NAMES and (not path or name.value in ("means", "role")):
            return
        if here == ("zone",) and self.zoned:
            return
        yield _Change(name, here, [(" is dropped", [(node.value, position, None)])])
        if (days := _DAYS.fullmatch(name.value)) is not None and days[1] != days[2]:
            shorter = f"{days[1]}-{_WEEK[_WEEK.index(days[2].lower()) - 1]}"
            entry = (_scalar(name, shorter), value)
            yield _Change(name, here, [(f" becomes {shorter}", [(node.value, position, entry)])])
        if isinstance(value, MappingNode) and [each.value for each, _ in value.value] == ["not"]:
            affirmed = (name, value.value[0][1])
            yield _Change(value, here, [(" is no longer negated", [(node.value, position, affirmed)])])
        yield from self._altered(value, here, node.value, position, name)
        yield from self._of(value, here)

    def _altered(
        self, node: Node, path: Path, values: list[Any], position: int, name: Node | None = None
    ) -> Iterator[_Change]:
        """Another value in its place: of an entry with that name, or of an item."""
        if not isinstance(node, ScalarNode):
            return
        for tried in others(node.value, path, self.kinds):
            tries: list[tuple[str, Replacement]] = []
            for other in tried[:_TRIES]:
                value = _value(node, other)
                entry = value if name is None else (name, value)
                tries.append((f": {node.value} becomes {other}", [(values, position, entry)]))
            if any(letter.isdigit() for letter in node.value):
                tries.append((f": {node.value} becomes {tried[0]}", self._everywhere(node.value, tried[0])))
            yield _Change(node, path, tries)

    def _everywhere(self, value: str, other: str) -> Replacement:
        """A point of a clock is named by ladders and tiers as well: all of them at once."""
        found: Replacement = []
        for node in _nodes(self.root):
            for position, item in enumerate(node.value if not isinstance(node, ScalarNode) else ()):
                if isinstance(item, tuple) and isinstance(item[1], ScalarNode) and item[1].value == value:
                    found.append((node.value, position, (item[0], _scalar(item[1], other))))
                elif isinstance(item, ScalarNode) and item.value == value:
                    found.append((node.value, position, _scalar(item, other)))
        return found

    def _first_status(self) -> Iterator[_Change]:
        """Cases begin in another status, where a rule asks for the first one."""
        statuses = _entry(self.root, "statuses")
        asked = [node for node in _nodes(self.root) if isinstance(node, ScalarNode)]
        if len(statuses.value) > 1 and sum(node.value == self.initial for node in asked) > 1:
            first, second = statuses.value[:2]
            swapped: Replacement = [(statuses.value, 0, second), (statuses.value, 1, first)]
            begins = second[0].value if isinstance(second, tuple) else second.value
            yield _Change(statuses, ("statuses",), [(f": a case begins as {begins}", swapped)])


def _entry(node: Node, name: str) -> Node:
    found: Node = next(value for each, value in node.value if each.value == name)
    return found


def _has_zone(calendar: Node) -> bool:
    """Whether it goes by a zone of its own, or needs none."""
    return isinstance(calendar, ScalarNode) or any(name.value == "zone" for name, _ in calendar.value)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for item in node.value if not isinstance(node, ScalarNode) else ():
        for part in item if isinstance(item, tuple) else (item,):
            yield from _nodes(part)


def _scalar(node: ScalarNode, value: str) -> ScalarNode:
    return ScalarNode("tag:yaml.org,2002:str", value, node.start_mark, node.end_mark)


def _value(node: ScalarNode, text: str) -> Node:
    if not text.startswith("{"):
        return _scalar(node, text)
    composed = yaml.compose(text, Loader=yaml.SafeLoader)
    return node if composed is None else composed


def _said(node: Node) -> str:
    """An item in a few words."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    words = [
        f"{name.value}: {value.value}"
        for name, value in (node.value if isinstance(node, MappingNode) else ())
        if isinstance(value, ScalarNode)
    ]
    return f"{{{', '.join(words)}}}" if words else f"the item of line {node.start_mark.line + 1}"
