"""The kinds of case that policies tell apart, and what each of them is promised. Pure.

Found by asking the policies' own functions: every combination of values that some rule asks for is put to
them, and combinations that get the same answers are told as one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from shared.contracts.case_said import FOLLOWS
from shared.policy.match import Rules, When
from shared.policy.policy import Policy

OTHER = "any other"
"""A value that no rule names; also one that is not stated."""

PASSING = frozenset(("status", *FOLLOWS))
"""What changes in a case's life tells no kinds of case apart; the severity, which may change too, does."""

Kind: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Attribute to its values; what makes no difference is left out."""

Answer = TypeVar("Answer")


def asked(policies: Iterable[Policy]) -> dict[str, tuple[str, ...]]:
    """Attribute to the values that matter, the severity first."""
    found: dict[str, dict[str, None]] = {"severity": {}}
    for policy in policies:
        found["severity"] |= dict.fromkeys(policy.vocabulary.severities)
        for when in _conditions(policy):
            for condition in when.conditions:
                if condition.attribute not in PASSING:
                    known = (*policy.vocabulary.values(condition.attribute), *condition.values)
                    found.setdefault(condition.attribute, {}).update(dict.fromkeys(known))
                    if not policy.vocabulary.values(condition.attribute):
                        found[condition.attribute][OTHER] = None
    # The value that stands for all others comes last.
    return {
        name: (*(each for each in of if each != OTHER), *((OTHER,) * (OTHER in of)))
        for name, of in found.items()
    }


def rows(
    values: Mapping[str, Sequence[str]], answer: Callable[[Mapping[str, str]], Answer]
) -> list[tuple[Kind, Answer]]:
    """Every kind of case with its answer, as few as there can be in the order of the attributes."""
    return _rows(list(values.items()), {}, answer)


def _rows(
    left: list[tuple[str, Sequence[str]]],
    stated: dict[str, str],
    answer: Callable[[Mapping[str, str]], Answer],
) -> list[tuple[Kind, Answer]]:
    if not left:
        return [((), answer(stated))]
    (attribute, values), *rest = left
    alike: list[tuple[list[str], list[tuple[Kind, Answer]]]] = []
    for value in values:
        known = stated if value == OTHER else {**stated, attribute: value}
        below = _rows(rest, known, answer)
        same = next((group for group, rows_of in alike if rows_of == below), None)
        if same is not None:
            same.append(value)
        else:
            alike.append(([value], below))
    if len(alike) == 1:
        return alike[0][1]
    return [(((attribute, tuple(group)), *kind), result) for group, below in alike for kind, result in below]


def words(kind: Kind, *, without: Iterable[str] = ()) -> str:
    """`P1 or P2; package Premium`; empty: every case."""
    parts = []
    for attribute, values in kind:
        if attribute in without:
            continue
        if values == (OTHER,):
            parts.append(f"{OTHER} {attribute}")
        else:
            joined = listed(values, "or")
            parts.append(joined if attribute == "severity" else f"{attribute} {joined}")
    return "; ".join(parts)


def listed(items: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return f" {last} ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def _conditions(policy: Policy) -> Iterable[When]:
    yield policy.applies
    rules: list[Rules[str]] = [policy.coverage]
    for clock in policy.clocks.values():
        yield clock.applies
        yield from (rule.when for rule in clock.promises.rules)
        rules += [clock.calendar] if clock.calendar is not None else []
    yield from (rule.when for each in rules for rule in each.rules)
