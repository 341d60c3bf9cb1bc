"""What is said of conditions is certain: held against every case that there can be."""

from itertools import chain, combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.policy.implied import excludes, implies, taken_before
from shared.policy.match import Condition, Rule, Rules, Stated, When

SEVERITIES, TAGS = ("P1", "P2", "P3"), ("a", "b")


def every_case() -> list[Stated]:
    severities = (None, *SEVERITIES, "unheard of")
    tags = chain.from_iterable(combinations((*TAGS, "c"), size) for size in range(4))
    return [
        {"tags": list(tagged)} | ({"severity": severity} if severity is not None else {})
        for severity, tagged in product(severities, list(tags))
    ]


CASES = every_case()


def conditions(name: str, values: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    some = st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)
    return st.builds(Condition, st.just(name), some, st.booleans())


CONDITIONS = conditions("severity", SEVERITIES) | conditions("tags", TAGS)
WHENS = st.lists(CONDITIONS, max_size=2).map(lambda conditions: When(tuple(conditions)))


@given(WHENS, WHENS)
@settings(deadline=None)
def test_what_is_implied_holds_and_what_is_excluded_does_not(one: When, other: When) -> None:
    holding = [case for case in CASES if one.holds(case)]
    if implies(one, other):
        assert all(other.holds(case) for case in holding)
    if excludes(one, other):
        assert not any(other.holds(case) for case in holding)


@given(st.lists(WHENS, min_size=1, max_size=4))
@settings(deadline=None)
def test_a_rule_that_is_called_unreachable_is_never_reached(whens: list[When]) -> None:
    rules = Rules(tuple(Rule(when, str(line), line) for line, when in enumerate(whens, 1)))
    for index, rule in enumerate(rules.rules):
        if taken_before(rules.rules, index):
            assert not any(rules.first(case) == rule for case in CASES)


def test_it_finds_what_there_is_to_find() -> None:
    severity = [When((Condition("severity", values),)) for values in (("P1",), ("P2", "P3"), SEVERITIES)]
    rules = [Rule(when, "", line) for line, when in enumerate(severity, 1)]
    assert taken_before(rules, 2) == rules[:2]
    assert taken_before(rules, 1) == []
    assert implies(severity[0], severity[2])
    assert excludes(severity[0], severity[1])
    assert not excludes(When((Condition("tags", ("a",)),)), When((Condition("tags", ("b",)),)))
    # A case has many tags: one that has `a` may have `b` as well.
    assert not implies(When((Condition("tags", ("a",)),)), When((Condition("tags", ("b",), negated=True),)))
    assert implies(severity[0], When((Condition("severity", ("P2",), negated=True),)))
