"""The tree of a YAML text, and everything in it that can be dropped or altered."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from cli.scenarios.alteration import others

_DAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)-(mon|tue|wed|thu|fri|sat|sun)", re.IGNORECASE)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TRIES = 12

Replacement: TypeAlias = list[tuple[list[Any], int, Any]]
"""Lists of the tree, positions in them and what stands there instead; None: nothing."""
Path: TypeAlias = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """Each with what it does, tried until one can be read."""

    node: Node
    path: Path
    tries: list[tuple[str, Replacement]]


def changed(root: Node, replacement: Replacement, read: Callable[[Node], T]) -> T:
    """What is read of the tree with some of its members replaced; the tree is then as before."""
    before = [(values, list(values)) for values, _, _ in replacement]
    try:
        for values, position, value in sorted(replacement, key=lambda each: -each[1]):
            if value is None:
                del values[position]
            else:
                values[position] = value
        return read(root)
    finally:
        for values, kept in reversed(before):
            values[:] = kept


class Tree:
    """`kinds`: words that may stand for one another; `passed`: what is not to be changed."""

    def __init__(self, root: Node, kinds: Sequence[Sequence[str]], passed: Callable[[Path], bool]) -> None:
        self.root = root
        self.kinds = kinds
        self.passed = passed

    def changes(self) -> Iterator[Change]:
        yield from self._of(self.root, ())

    def _of(self, node: Node, path: Path) -> Iterator[Change]:
        if isinstance(node, MappingNode):
            for position in range(len(node.value)):
                yield from self._entry(node, position, path)
        elif isinstance(node, SequenceNode):
            for position, item in enumerate(node.value):
                here = (*path[:-1], f"{path[-1]}[{position + 1}]")
                yield Change(item, path, [(f": {_said(item)} is dropped", [(node.value, position, None)])])
                if any(letter.isdigit() for letter in item.value if isinstance(item, ScalarNode)):
                    yield from self._altered(item, path, node.value, position)
                yield from self._of(item, here)

    def _entry(self, node: MappingNode, position: int, path: Path) -> Iterator[Change]:
        name, value = node.value[position]
        here = (*path, name.value)
        if self.passed(here):
            return
        yield Change(name, here, [(" is dropped", [(node.value, position, None)])])
        if (days := _DAYS.fullmatch(name.value)) is not None and days[1] != days[2]:
            shorter = f"{days[1]}-{_WEEK[_WEEK.index(days[2].lower()) - 1]}"
            entry = (_scalar(name, shorter), value)
            yield Change(name, here, [(f" becomes {shorter}", [(node.value, position, entry)])])
        if isinstance(value, MappingNode) and [each.value for each, _ in value.value] == ["not"]:
            affirmed = (name, value.value[0][1])
            yield Change(value, here, [(" is no longer negated", [(node.value, position, affirmed)])])
        yield from self._altered(value, here, node.value, position, name)
        yield from self._of(value, here)

    def _altered(
        self, node: Node, path: Path, values: list[Any], position: int, name: Node | None = None
    ) -> Iterator[Change]:
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
            yield Change(node, path, tries)

    def _everywhere(self, value: str, other: str) -> Replacement:
        """A point of a clock is named by ladders and tiers as well: all of them at once."""
        found: Replacement = []
        for node in nodes(self.root):
            for position, item in enumerate(node.value if not isinstance(node, ScalarNode) else ()):
                if isinstance(item, tuple) and isinstance(item[1], ScalarNode) and item[1].value == value:
                    found.append((node.value, position, (item[0], _scalar(item[1], other))))
                elif isinstance(item, ScalarNode) and item.value == value:
                    found.append((node.value, position, _scalar(item, other)))
        return found


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for item in node.value if not isinstance(node, ScalarNode) else ():
        for part in item if isinstance(item, tuple) else (item,):
            yield from nodes(part)


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
