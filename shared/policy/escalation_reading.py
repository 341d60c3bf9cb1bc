"""The sections `tiers`, `routing` and `ladders` of a policy, read and checked as far as the file alone tells.

tiers:
  - {tier: Tier 1, team: first-line, role: Support Engineer, budget: 50 %}
  - {tier: Tier 2, team: second-line, role: Technical Account Manager}
routing:
  - {when: {complexity: high}, to: Tier 2}
  - {to: Tier 1}
"""

import re
from collections.abc import Collection, Mapping, Sequence

from yaml import Node

from shared.policy.escalation import BUDGET_CLOCK, Escalation, Ladder, Tier
from shared.policy.ladder_reading import check_point, read_ladders
from shared.policy.match import Rule, Rules, read_when, unreachable
from shared.policy.reading import Reading
from shared.policy.vocabulary import Vocabulary

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def read_escalation(
    sections: Mapping[str, Node],
    vocabulary: Vocabulary,
    warnings: Mapping[str, Collection[str]],
    reading: Reading,
) -> Escalation:
    """The escalation of a policy; mistakes are noted in `reading`.

    `sections` are the policy's by name; `warnings` has the warning points of each of its clocks, in words.
    """
    tiers = _tiers(sections["tiers"], warnings, reading) if "tiers" in sections else ()
    names = [tier.name for tier in tiers]
    routing: Rules[str] = Rules()
    ladders: Rules[Ladder] = Rules()
    if "routing" in sections:
        routing = _routing(sections["routing"], names, vocabulary, reading)
    if "ladders" in sections:
        ladders = read_ladders(sections["ladders"], names, warnings, vocabulary, reading)
    return Escalation(tiers, routing, ladders)


def _tiers(node: Node, warnings: Mapping[str, Collection[str]], reading: Reading) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    items = reading.items(node)
    spent = 0.0
    for position, item in enumerate(items):
        members = reading.members(item, ("tier", "team", "role", "budget"), ("tier", "team"))
        texts = {name: reading.text(value) or "" for name, value in members.items()}
        if texts.get("tier") in [tier.name for tier in tiers]:
            reading.problem(item, f"tier {texts['tier']!r} stands here twice", "keep one of them")
        budget = texts.get("budget") or None
        if budget is not None:
            if position == len(items) - 1:
                reading.problem(members["budget"], "the last tier has none above it", "leave its budget out")
            check_point(members["budget"], budget, BUDGET_CLOCK, warnings, reading)
            if percent := _PERCENT.fullmatch(budget):
                if not spent < float(percent[1]) <= 100:
                    hint = f"write more than {spent:g} % and at most 100 %"
                    reading.problem(members["budget"], f"a budget of {budget} leaves this tier no time", hint)
                spent = float(percent[1])
        line = item.start_mark.line + 1
        tiers.append(Tier(texts.get("tier", ""), texts.get("team", ""), texts.get("role", ""), budget, line))
    return tuple(tiers)


def _routing(node: Node, tiers: Sequence[str], vocabulary: Vocabulary, reading: Reading) -> Rules[str]:
    rules: dict[int, Rule[str]] = {}
    nodes = reading.items(node)
    for position, item in enumerate(nodes):
        members = reading.members(item, ("when", "to"), ("to",))
        when = read_when(members.get("when"), vocabulary, reading)
        to = reading.one_of(members["to"], tiers, "tier") if "to" in members else None
        if to is not None:
            rules[position] = Rule(when, to, item.start_mark.line + 1)
    routing = Rules(tuple(rules.values()))
    never = unreachable(routing)
    for position, rule in rules.items():
        if rule in never:
            reading.problem(nodes[position], "this rule is never reached", "one before it takes every case")
    if rules and all(rule.when.conditions for rule in rules.values()):
        reading.problem(node, "no rule takes every other case", "end with a rule without `when`")
    return routing
