"""What one condition says of another: whether it implies it, or can never hold with it. Pure logic.

Only what is certain is said. Attributes of which a case has one value at a time are known as such; of any
other one a case may state several.
"""

from collections.abc import Sequence

from shared.policy.match import Condition, Rule, T, When

SINGLE = frozenset(("severity", "kind", "status", "customer", "package", "region", "deployment", "channel"))


def implies(given: When, asked: When) -> bool:
    """Whether every case that `given` holds for is one that `asked` holds for."""
    return all(any(_follows(fact, wanted) for fact in given.conditions) for wanted in asked.conditions)


def excludes(one: When, other: When) -> bool:
    """Whether no case can satisfy both."""
    return any(
        _contradict(first, second) or _contradict(second, first)
        for first in one.conditions
        for second in other.conditions
    )


def taken_before(rules: Sequence[Rule[T]], index: int) -> list[Rule[T]]:
    """The rules that together take every case of this one, so that it is never reached; none: it can be."""
    when, before = rules[index].when, rules[:index]
    for rule in before:
        if implies(when, rule.when):
            return [rule]
    # Severity by severity: one rule may take P1, another P2.
    for condition in when.conditions:
        if condition.attribute != "severity" or condition.negated:
            continue
        takers: list[Rule[T]] = []
        for value in condition.values:
            narrowed = When((*when.conditions, Condition("severity", (value,))))
            taker = next((rule for rule in before if implies(narrowed, rule.when)), None)
            if taker is None:
                return []
            takers.append(taker)
        return list(dict.fromkeys(takers))
    return []


def _follows(fact: Condition, wanted: Condition) -> bool:
    if fact.attribute != wanted.attribute:
        return False
    known, asked = set(fact.values), set(wanted.values)
    if fact.negated:
        return wanted.negated and asked <= known
    if wanted.negated:
        return fact.attribute in SINGLE and not known & asked
    return known <= asked


def _contradict(fact: Condition, other: Condition) -> bool:
    if fact.attribute != other.attribute or fact.negated:
        return False
    known, asked = set(fact.values), set(other.values)
    if other.negated:
        return known <= asked
    return fact.attribute in SINGLE and not known & asked
