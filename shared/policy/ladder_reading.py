"""The section `ladders` of a policy.

ladders:
  - when: {severity: [P1, P2]}
    clocks: [first_response, resolution]
    steps:
      - {at: 75 %, notify: assignee}
      - {at: breach, escalate: next, page: on-call, acknowledge_within: 15 min}
      - {at: silence, page: manager, acknowledge_within: 15 min}
      - {at: silence, page: senior management}
      - {at: idle 2 h, page: manager}
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import cast, get_args

from yaml import Node, ScalarNode

from shared.contracts.escalation import Urgency
from shared.policy.escalation import SENIOR_MANAGEMENT, TARGETS, At, Ladder, Step, same_point
from shared.policy.match import Rule, Rules, read_when
from shared.policy.reading import Reading, nearest
from shared.policy.vocabulary import Vocabulary

_STEP = ("at", "page", "notify", "escalate", "acknowledge_within", "urgency")
_OF_TEAM = re.compile(r"(on-call|secondary|manager) of \S.*")
_PERSON = re.compile(r"\S+")


def read_ladders(
    node: Node,
    tiers: Sequence[str],
    warnings: Mapping[str, Collection[str]],
    vocabulary: Vocabulary,
    reading: Reading,
) -> Rules[Ladder]:
    rules: list[Rule[Ladder]] = []
    taken: set[str] = set()
    for item in reading.items(node):
        members = reading.members(item, ("when", "clocks", "steps"), ("clocks", "steps"))
        when = read_when(members.get("when"), vocabulary, reading)
        if not {"clocks", "steps"} <= members.keys():
            continue
        clocks = reading.some_of(members["clocks"], warnings, "clock")
        nodes = reading.items(members["steps"])
        steps = [_step(number, each, tiers, reading) for number, each in enumerate(nodes, 1)]
        _check_steps(nodes, steps, reading)
        for step, each in zip(steps, nodes, strict=True):
            for clock in clocks if step.at.moment == "point" else ():
                check_point(each, step.at.words, clock, warnings, reading)
        if clocks and taken.issuperset(clocks):
            reading.problem(
                item, "this ladder is never reached", "those before take every case of its clocks"
            )
        if not when.conditions:
            taken.update(clocks)
        rules.append(Rule(when, Ladder(clocks, tuple(steps)), item.start_mark.line + 1))
    return Rules(tuple(rules))


def check_point(
    node: Node, words: str, clock: str, warnings: Mapping[str, Collection[str]], reading: Reading
) -> None:
    """A point that the clock does not warn at would never come."""
    points = warnings.get(clock, ())
    if words and not any(same_point(words, point) for point in points):
        hint = nearest(words, points) if points else f"add it to the warn of {clock}"
        reading.problem(node, f"the clock {clock!r} has no warning point {words!r}", hint)


def _step(number: int, node: Node, tiers: Sequence[str], reading: Reading) -> Step:
    members = reading.members(node, _STEP, ("at",))
    targets = {name: _targets(members[name], reading) for name in ("page", "notify") if name in members}
    if not targets and "escalate" not in members:
        reading.problem(node, "this step does nothing", "page or notify somebody, or escalate to a tier")
    within = escalate = urgency = None
    if "acknowledge_within" in members:
        within = _plain(members["acknowledge_within"], reading)
        if "page" not in members:
            reading.problem(members["acknowledge_within"], "only a page is acknowledged", "page somebody")
    if "escalate" in members:
        escalate = reading.one_of(members["escalate"], (*tiers, "next"), "tier")
    if "urgency" in members:
        urgency = reading.one_of(members["urgency"], get_args(Urgency), "urgency")
    return Step(
        number,
        _at(members["at"], reading) if "at" in members else At("point", ""),
        targets.get("page", ()),
        targets.get("notify", ()),
        escalate,
        within,
        cast(Urgency, urgency or "critical"),
    )


def _at(node: Node, reading: Reading) -> At:
    words = " ".join((reading.text(node) or "").split())
    moment, _, rest = words.partition(" ")
    match moment:
        case "silence" if not rest:
            return At("silence", words)
        case "breach" if not rest:
            return At("breach", words)
        case "breach" if rest.startswith("+"):
            return At("breach", words, _plain(node, reading, rest[1:]))
        case "idle" if rest:
            return At("idle", words, _plain(node, reading, rest))
        case "silence" | "breach" | "idle":
            hint = "write silence, breach, breach + 2 h or idle 1 h"
            reading.problem(node, f"{words!r} is no instant of a ladder", hint)
        case _:
            pass
    return At("point", words)


def _plain(node: Node, reading: Reading, part: str | None = None) -> int:
    """Microseconds of a span, or of the part of `node` that is one. People are waited for in plain time."""
    if part is not None:
        node = ScalarNode(node.tag, part.strip(), node.start_mark, node.end_mark)
    span = reading.span(node)
    if span is not None and span.dated:
        reading.problem(node, "a ladder counts plain time", "write minutes or hours")
    return span.microseconds if span else 0


def _targets(node: Node, reading: Reading) -> tuple[str, ...]:
    targets: dict[str, None] = {}
    for item in reading.items(node):
        target = " ".join((reading.text(item) or "").split())
        if target in TARGETS or _OF_TEAM.fullmatch(target) or _PERSON.fullmatch(target):
            targets[target] = None
        elif target:
            reading.problem(item, f"{target!r} is nobody", nearest(target, TARGETS))
    return tuple(targets)


def _check_steps(nodes: Sequence[Node], steps: Sequence[Step], reading: Reading) -> None:
    """What makes no sense in its place: silence after no question, a fact twice, only senior management."""
    seen: list[At] = []
    for node, step, before in zip(nodes, steps, [None, *steps], strict=False):
        if step.at.moment == "silence" and (before is None or before.acknowledge_within is None):
            hint = "give the step before it acknowledge_within"
            reading.problem(node, "nobody was asked who could stay silent", hint)
        if step.at.by_fact and any(same_point(step.at.words, at.words) for at in seen):
            reading.problem(node, f"{step.at.words!r} stands here twice", "keep one of them")
        if step.at.words == "breach" and any(at.moment == "breach" for at in seen):
            reading.problem(node, "the breach comes before a step above it", "put it above that step")
        seen.append(step.at)
    paged = {target for step in steps for target in step.page}
    if paged == {SENIOR_MANAGEMENT}:
        node = next(node for node, step in zip(nodes, steps, strict=True) if step.page)
        reading.problem(node, "senior management is never the only one", "page on-call or manager before")
