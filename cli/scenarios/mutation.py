"""A policy with one of its rules dropped or altered: what its scenarios must notice.

A mutant is the text of a policy in which one entry or item is gone, or one value is another one: twice the
time, five percent more, another calendar, another fact. What no reader takes as a policy is none. Words for
people (titles, meanings, roles) promise nothing and stay.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from shared.contracts.escalation import Urgency
from shared.policy.clocks import STARTS, STOPS, Afterwards, OnChange
from shared.policy.escalation import TARGETS
from shared.policy.policy import Policy, read_policy
from shared.policy.reading import PolicyProblems

WORDS = (
    "policy",
    "effective",
    "title",
    "zone",
    "means",
    "role",
    "severities",
    "statuses",
    "kinds",
    "attributes",
)
"""Names of entries that say what things are called, not what is promised. A calendar's zone counts."""

_TIMES = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_PERCENT = re.compile(r"(\d+)(\s*%)")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(\s*(?:s|sec|min|m|h|hours?|d|days?|weeks?|months?|business days?)\b)")
_DAYS = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)-(mon|tue|wed|thu|fri|sat|sun)", re.IGNORECASE)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFFICE = "{zone: Etc/UTC, hours: {mon-fri: 10:00-11:00}}"
_TRIES = 4
_UNSAID = re.compile(r"line=\d+|0x[0-9a-f]+")
"""What a policy's repr shows of its text and of memory; two calendars are told apart by their entries."""

Replacement: TypeAlias = list[tuple[list[Any], int, Any]]
"""Lists of the tree, positions in them and what stands there instead; None: nothing."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`what` tells the change in plain words: `clocks.resolution.warn: 75 % is dropped`."""

    line: int
    column: int
    what: str
    policy: Policy


@dataclass(slots=True)
class _Change:
    """A change of the tree that can be taken back; several are tried until one is a policy."""

    node: Node
    what: str
    replacements: list[Replacement]


def mutants(text: str, file: str) -> Iterator[Mutant]:
    """Every viable mutant of a policy that says something else than it, in the order of its text."""
    original = read_policy(text, file)
    same = _UNSAID.sub("", repr(original))
    root = _composed(text)
    for change in sorted(_Tree(root, original).changes(), key=lambda each: each.node.start_mark.index):
        for replacement in change.replacements:
            policy = _with(root, replacement, file)
            other = change.what.startswith("calendars") or _UNSAID.sub("", repr(policy)) != same
            if policy is not None and other:
                mark = change.node.start_mark
                yield Mutant(mark.line + 1, mark.column + 1, change.what, policy)
                break


def _with(root: Node, replacement: Replacement, file: str) -> Policy | None:
    """The policy with some members of the tree replaced (None: taken away), or None where it is none."""
    before = [(values, list(values)) for values, _, _ in replacement]
    try:
        for values, position, value in sorted(replacement, key=lambda each: -each[1]):
            if value is None:
                del values[position]
            else:
                values[position] = value
        return read_policy(yaml.serialize(root, Dumper=yaml.SafeDumper, width=1000), file)
    except PolicyProblems:
        return None
    finally:
        for values, kept in reversed(before):
            values[:] = kept


class _Tree:
    """Finds what can be changed in a policy's text."""

    def __init__(self, root: Node, policy: Policy) -> None:
        self.root = root
        self.policy = policy
        words = policy.vocabulary
        self.pools: list[Sequence[str]] = [
            list(policy.calendars),
            list(words.severities),
            list(words.statuses),
            list(words.kinds),
            [tier.name for tier in policy.escalation.tiers],
            list(dict.fromkeys((*STARTS, *STOPS))),
            TARGETS,
            get_args(OnChange),
            ("resume", *get_args(Afterwards)),
            get_args(Urgency),
            ("true", "false"),
            ("same time", "hours", "end of day"),
            *words.attributes.values(),
        ]

    def changes(self) -> Iterator[_Change]:
        yield from self._of(self.root, "")

    def _of(self, node: Node, path: str) -> Iterator[_Change]:
        if isinstance(node, MappingNode):
            yield from self._entries(node, path)
        elif isinstance(node, SequenceNode):
            for position, item in enumerate(node.value):
                yield _Change(item, f"{path}: {_said(item)} is dropped", [[(node.value, position, None)]])
                if isinstance(item, ScalarNode) and self._pool(item.value) is None:
                    yield from self._altered(node.value, position, item, path)
                yield from self._of(item, f"{path}[{position + 1}]")

    def _entries(self, node: MappingNode, path: str) -> Iterator[_Change]:
        for position, (name, value) in enumerate(node.value):
            if name.value in WORDS and (not path or name.value in ("means", "role")):
                continue
            here = f"{path}.{name.value}".lstrip(".")
            yield _Change(name, f"{here} is dropped", [[(node.value, position, None)]])
            if (days := _DAYS.fullmatch(name.value)) is not None and days[1] != days[2]:
                shorter = f"{days[1]}-{_WEEK[_WEEK.index(days[2].lower()) - 1]}"
                entry = (_scalar(name, shorter), value)
                yield _Change(name, f"{here} becomes {shorter}", [[(node.value, position, entry)]])
            for change in self._altered([value], 0, value, here):
                entries: list[Replacement] = [
                    [
                        (node.value, position, (name, new)) if values[0] is value else (values, at, new)
                        for values, at, new in each
                    ]
                    for each in change.replacements
                ]
                yield _Change(value, change.what, entries)
            yield from self._of(value, here)

    def _altered(self, values: list[Node], position: int, node: Node, path: str) -> Iterator[_Change]:
        """Another value in its place."""
        if not isinstance(node, ScalarNode):
            return
        for others in self._others(node.value):
            tries = [[(values, position, _value(node, other))] for other in others[:_TRIES]]
            what = f"{path}: {node.value} becomes {others[0]}"
            yield _Change(node, what, [*tries, *self._everywhere(node.value, others[0])])

    def _others(self, value: str) -> Iterator[list[str]]:
        if value == "24x7":
            yield [_OFFICE]
        elif (times := _TIMES.search(value)) is not None:
            opens, closes = int(times[1]), int(times[3])
            start, end = times.span()
            yield [f"{value[:start]}{opens + 1:02}:{times[2]}-{times[3]}:{times[4]}{value[end:]}"]
            yield [f"{value[:start]}{times[1]}:{times[2]}-{closes - 1:02}:{times[4]}{value[end:]}"]
        elif (percent := _PERCENT.search(value)) is not None:
            amount = int(percent[1])
            other = amount + 5 if amount <= 90 or amount >= 100 else amount - 5
            yield [_PERCENT.sub(f"{other}{percent[2]}", value, count=1)]
        elif (amount_of := _AMOUNT.search(value)) is not None:
            twice = float(amount_of[1]) * 2
            yield [_AMOUNT.sub(f"{twice:g}{amount_of[2]}", value, count=1)]
        elif value == "no promise":
            yield ["1 h"]
        else:
            pool = self._pool(value) or [value]
            at = pool.index(value)
            if len(pool) > 1:
                yield [*pool[at + 1 :], *pool[:at]]

    def _pool(self, value: str) -> list[str] | None:
        """The words of which it is one."""
        return next((list(pool) for pool in self.pools if value in pool), None)

    def _everywhere(self, value: str, other: str) -> list[Replacement]:
        """A point of a clock is named by ladders and tiers as well: all of them at once."""
        if "%" not in value and "before" not in value and "after" not in value:
            return []
        found: Replacement = []
        for node in _nodes(self.root):
            for position, item in enumerate(node.value if not isinstance(node, ScalarNode) else ()):
                if isinstance(item, tuple) and isinstance(item[1], ScalarNode) and item[1].value == value:
                    found.append((node.value, position, (item[0], _scalar(item[1], other))))
                elif isinstance(item, ScalarNode) and item.value == value:
                    found.append((node.value, position, _scalar(item, other)))
        return [found]


def _composed(text: str) -> Node:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        raise ValueError("an empty text is no policy")
    return root


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for item in node.value if not isinstance(node, ScalarNode) else ():
        for part in item if isinstance(item, tuple) else (item,):
            yield from _nodes(part)


def _scalar(node: ScalarNode, value: str) -> ScalarNode:
    return ScalarNode("tag:yaml.org,2002:str", value, node.start_mark, node.end_mark)


def _value(node: ScalarNode, text: str) -> Node:
    return _composed(text) if text.startswith("{") else _scalar(node, text)


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
