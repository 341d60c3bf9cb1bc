"""Where in a policy's text a thing stands: for checks that look at the policy as read, not at its nodes."""

from collections.abc import Sequence

from yaml import MappingNode, Node, SequenceNode

from shared.policy.match import Rule, T
from shared.policy.reading import Problem


class Places:
    """The nodes of one file by their path: `("clocks", "resolution", "warn")`."""

    def __init__(self, root: Node, file: str) -> None:
        self.root = root
        self.file = file

    def at(self, *path: str) -> Node:
        """The node there, or the deepest one on the way."""
        node = self.root
        for name in path:
            inner = _member(node, name)
            if inner is None:
                break
            node = inner
        return node

    def has(self, *path: str) -> bool:
        return _member(self.at(*path[:-1]), path[-1]) is not None

    def rule(self, rules: Sequence[Rule[T]], index: int, *path: str) -> Node:
        """The node of a rule of the section there; rules of one line are told apart by their order."""
        section = self.at(*path)
        nodes: list[Node] = [section]
        if isinstance(section, SequenceNode):
            nodes = list(section.value)
        elif isinstance(section, MappingNode):
            nodes = [name for name, _ in section.value]
        line = rules[index].line
        here = [node for node in nodes if node.start_mark.line + 1 == line]
        before = sum(rule.line == line for rule in rules[:index])
        return here[before] if before < len(here) else section

    def problem(self, node: Node, message: str, hint: str = "") -> Problem:
        mark = node.start_mark
        return Problem(self.file, mark.line + 1, mark.column + 1, message, hint)


def _member(node: Node, name: str) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    return None
