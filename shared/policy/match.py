"""`when:` conditions and ordered rules: the first that matches wins, and it can say why.

A condition asks for attributes of a case: a value, a list of which one must be there, or `not:` of either.
All that are asked for must hold. A list attribute (tags) holds when one of its values does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from yaml import MappingNode, Node

from shared.policy.reading import Reading, nearest
from shared.policy.vocabulary import Vocabulary

Stated = Mapping[str, str | Sequence[str]]
"""What is known of a case: attribute to value, or to values."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Condition:
    attribute: str
    values: tuple[str, ...]
    negated: bool = False

    def holds(self, stated: Stated) -> bool:
        given = stated.get(self.attribute)
        if given is None:
            return self.negated
        if isinstance(given, str):
            return (given in self.values) is not self.negated
        return any(value in self.values for value in given) is not self.negated

    def __str__(self) -> str:
        values = " or ".join(self.values)
        return f"{self.attribute} {'is not' if self.negated else 'is'} {values}"


@dataclass(frozen=True, slots=True)
class When:
    """All of its conditions; without any it always holds."""

    conditions: tuple[Condition, ...] = ()

    def holds(self, stated: Stated) -> bool:
        for condition in self.conditions:  # noqa: SIM110 - asked for every fact: three times as fast as all()
            if not condition.holds(stated):
                return False
        return True

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions)) or "always"


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    when: When
    then: T
    line: int
    """Where it stands in its file: what an explanation points to."""


@dataclass(frozen=True, slots=True)
class Rules(Generic[T]):
    """Ordered; the first that matches wins."""

    rules: tuple[Rule[T], ...] = ()

    def first(self, stated: Stated) -> Rule[T] | None:
        return self.place(stated)[1]

    def place(self, stated: Stated) -> tuple[int, Rule[T] | None]:
        """The first that matches with its place, from 0; -1 and None: none does."""
        for place, rule in enumerate(self.rules):
            if rule.when.holds(stated):
                return place, rule
        return -1, None

    def tried(self, stated: Stated) -> tuple[Rule[T], ...]:
        """The rules that were passed over before the first match, for explanations."""
        passed = []
        for rule in self.rules:
            if rule.when.holds(stated):
                break
            passed.append(rule)
        return tuple(passed)


def read_when(node: Node | None, vocabulary: Vocabulary, reading: Reading) -> When:
    """`{severity: [P1, P2], kind: problem}`; no node is no condition."""
    if node is None:
        return When()
    conditions = []
    for name_node, attribute, value in reading.entries(node):
        if attribute not in (asked := vocabulary.asked()):
            hint = nearest(attribute, sorted(asked))
            reading.problem(
                name_node, f"unknown attribute {attribute!r}", f"{hint}; own ones go to attributes:"
            )
            conditions.append(Condition(attribute, ()))  # not left out: no rule may seem to take every case
            continue
        negated = isinstance(value, MappingNode)
        wanted = reading.members(value, ("not",), ("not",)).get("not") if negated else value
        if wanted is None:
            continue
        known = vocabulary.values(attribute)
        values = reading.some_of(wanted, known, attribute) if known else reading.texts(wanted)
        conditions.append(Condition(attribute, values, negated))
    return When(tuple(conditions))


def unreachable(rules: Rules[T]) -> list[Rule[T]]:
    """The rules behind one without conditions: they can never be reached."""
    for position, rule in enumerate(rules.rules):
        if not rule.when.conditions:
            return list(rules.rules[position + 1 :])
    return []


def check_order(rules: Rules[T], node: Node, reading: Reading) -> None:
    """A rule that no case can reach is a mistake of its author's."""
    for rule in unreachable(rules):
        wrong = f"the rule in line {rule.line} is never reached: one above it holds for every case"
        reading.problem(node, wrong, "put the rule without when: last")


def uncovered(rules: Rules[T], vocabulary: Vocabulary) -> str:
    """The cases that no rule is sure to match, in words; empty: none."""
    left = dict.fromkeys(vocabulary.severities)
    for rule in rules.rules:
        match rule.when.conditions:
            case ():
                return ""
            case (Condition("severity", values, False),):
                for severity in values:
                    left.pop(severity, None)
            case _:
                continue
    return f"severity {', '.join(left)}" if left else ""
