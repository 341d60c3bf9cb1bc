"""A policy with one of its rules dropped or altered: what its scenarios must notice.

A mutant is a policy in which one entry or item is gone, or one value is another one. What no reader takes as
a policy is none, nor is what says the same. Words for people (titles, meanings, roles) promise nothing.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml
from yaml import Node, ScalarNode

from cli.scenarios.alteration import pools
from cli.scenarios.tree import Change, Path, Replacement, Tree, changed, nodes
from shared.policy.directory import Directory
from shared.policy.directory_reading import read_directory
from shared.policy.policy import Policy, examine, read_policy
from shared.policy.reading import PolicyProblems, Reading

NAMES = ("policy", "title", "severities", "statuses", "kinds", "attributes")
"""Entries that say what things are called, not what is promised."""
WORDS = ("means", "role", "name", "title", "email", "language", "channels", "contacts")
"""For people, wherever they stand."""

_UNSAID = re.compile(r"line=\d+|0x[0-9a-f]+")
"""What a policy's repr shows of its text and of memory; two calendars are told apart by their entries."""
_CALENDARS = ("calendars", "zone")


@dataclass(frozen=True, slots=True)
class Mutant:
    """`what` tells the change in plain words: `clocks.resolution.warn: 75 % is dropped`."""

    line: int
    column: int
    what: str
    changed: Policy | Directory


def mutants(text: str, file: str, *, dated: bool = False) -> Iterator[Mutant]:
    """Every viable mutant of a policy that says something else than it, in the order of its text.

    `dated`: also with another effective date, which matters where there is more than one version.
    """
    original = read_policy(text, file)
    same = _UNSAID.sub("", repr(original))
    root = Reading(file).compose(text)
    told: set[tuple[int, str]] = set()
    for change in sorted(_changes(root, original, dated=dated), key=_place):
        for what, replacement in change.tries:
            policy = changed(root, replacement, lambda root: _policy(root, file))
            if policy is None:
                continue
            said = _UNSAID.sub("", repr(policy))
            line = change.node.start_mark.line
            if change.path[0] in _CALENDARS or (said != same and (line, said) not in told):
                told.add((line, said))
                yield _mutant(change, what, policy)
            break


def directory_mutants(text: str, file: str, lines: Collection[int]) -> Iterator[Mutant]:
    """The same of a directory, for some of its lines."""
    root = Reading(file).compose(text)
    directory = read_directory(text, file)
    kinds = [list(directory.people), list(directory.teams)]
    for change in Tree(root, kinds, lambda path: path[-1] in WORDS).changes():
        if change.node.start_mark.line + 1 not in lines:
            continue
        for what, replacement in change.tries:
            other = changed(root, replacement, lambda root: _directory(root, file))
            if other is not None:
                yield _mutant(change, what, other)
                break


def _mutant(change: Change, what: str, other: Policy | Directory) -> Mutant:
    mark = change.node.start_mark
    return Mutant(mark.line + 1, mark.column + 1, f"{'.'.join(change.path)}{what}", other)


def _place(change: Change) -> int:
    return int(change.node.start_mark.index)


def _policy(root: Node, file: str) -> Policy | None:
    reading = Reading(file)
    policy = examine(root, reading)
    return None if reading.problems else policy


def _directory(root: Node, file: str) -> Directory | None:
    try:
        return read_directory(yaml.serialize(root, Dumper=yaml.SafeDumper, width=1000), file)
    except PolicyProblems:
        return None


def _changes(root: Node, policy: Policy, *, dated: bool) -> Iterator[Change]:
    calendars = [value for _, value in _entry(root, "calendars").value]
    zoned = all(_has_zone(each) for each in calendars)

    def passed(path: Path) -> bool:
        if len(path) == 1:
            return path[0] in NAMES or (path[0] == "zone" and zoned) or (path[0] == "effective" and not dated)
        return path[-1] in ("means", "role")

    yield from Tree(root, pools(policy), passed).changes()
    yield from _first_status(root, policy.vocabulary.initial_status)


def _first_status(root: Node, initial: str) -> Iterator[Change]:
    """Cases begin in another status, where a rule asks for the first one."""
    statuses = _entry(root, "statuses")
    asked = [node for node in nodes(root) if isinstance(node, ScalarNode) and node.value == initial]
    if len(statuses.value) > 1 and len(asked) > 1:
        first, second = statuses.value[:2]
        swapped: Replacement = [(statuses.value, 0, second), (statuses.value, 1, first)]
        begins = second[0].value if isinstance(second, tuple) else second.value
        yield Change(statuses, ("statuses",), [(f": a case begins as {begins}", swapped)])


def _entry(node: Node, name: str) -> Node:
    found: Node = next(value for each, value in node.value if each.value == name)
    return found


def _has_zone(calendar: Node) -> bool:
    """Whether it goes by a zone of its own, or needs none."""
    return isinstance(calendar, ScalarNode) or any(name.value == "zone" for name, _ in calendar.value)
