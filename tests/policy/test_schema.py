"""The JSON Schema knows the words that the readers know, takes every policy, refuses what is none."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from yaml import Node

from shared.policy.policy import examine, read_policy
from shared.policy.reading import PolicyProblems, Reading
from shared.policy.schema import schema

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "shared" / "policy" / "policy.schema.json").read_text())
POLICIES = sorted(file for file in (ROOT / "policies").glob("*.yaml") if file.name != "directory.yaml")
LARGEST = max(POLICIES, key=lambda file: file.stat().st_size)


class AsEditorsDo(yaml.SafeLoader):
    """YAML 1.2's core schema: a date is text there, and `no` is, too."""


AsEditorsDo.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":int", ":bool"))]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def refused(text: str) -> str:
    """What the schema says of a policy; empty: nothing."""
    loaded = yaml.load(text, AsEditorsDo)
    error = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(SCHEMA).iter_errors(loaded))
    return "" if error is None else str(error.message)


def test_it_is_a_schema_and_the_one_of_the_code() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert schema() == SCHEMA


@pytest.mark.parametrize("file", POLICIES, ids=lambda file: file.stem)
def test_every_policy_is_taken(file: Path) -> None:
    assert refused(file.read_text()) == ""


TEXT = """\
policy: p
effective: 2026-01-01
severities: {P1: down, P2: }
calendars:
  always: 24x7
  office: {zone: Europe/Copenhagen, hours: {mon-fri: [08:00-12:00, 13:00-16:00]},
           holidays: [DK-bank, 2026-06-24]}
coverage: [{when: {severity: {not: P2}}, calendar: always}, office]
statuses: [open, waiting]
clocks:
  first: {starts: case.opened, stops: [{fact: support.replied, when: {status: open}}], within: 1 h}
  update: {every: 4 h, counts: update.sent, while: {status: open}, automatic: 90 %}
  fix: {starts: case.opened, stops: case.resolved, targets: {P1: 4 h, P2: no promise}, warn: [50 %, 75 %],
        pauses: [{status: waiting}], reopen: {resume_within: 5 d, else: nothing}, on_change: keep}
tiers: [{tier: 1, team: first}, {tier: 2, team: second}]
routing: [{when: {tags: [a, b]}, to: 2}, {to: 1}]
ladders:
  - {clocks: fix, steps: [{at: breach, page: on-call, acknowledge_within: 5 min}, {at: silence, page: al}]}
"""


def test_every_form_is_taken_by_both() -> None:
    read_policy(TEXT, "p.yaml")
    assert refused(TEXT) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("policy: p\n", ""),
        ("effective: 2026-01-01", "effective: soon"),
        ("statuses:", "status:"),
        ("always: 24x7", "always: 24x8"),
        ("zone: Europe/Copenhagen, ", ""),
        ("08:00-12:00", "morning"),
        ("{not: P2}", "{nor: P2}"),
        ("case.opened", "case.open"),
        ("support.replied", "support.replies"),
        ("within: 1 h", "within: soon"),
        ("automatic: 90 %", "automatic: often"),
        ("resume_within: 5 d, ", ""),
        ("on_change: keep", "on_change: never"),
        ("tier: 1, team: first", "tier: 1"),
        ("{to: 1}", "{into: 1}"),
        ("at: breach, ", ""),
        ("page: on-call", "pages: on-call"),
    ],
)
def test_mistakes_are_refused_by_both(right: str, wrong: str) -> None:
    assert right in TEXT
    text = TEXT.replace(right, wrong, 1)
    with pytest.raises(PolicyProblems):
        read_policy(text, "p.yaml")
    assert refused(text)


class Recording(Reading):
    """Remembers which names were allowed where a mapping was read."""

    def __init__(self) -> None:
        super().__init__("p.yaml")
        self.allowed: set[tuple[str, ...]] = set()

    def members(
        self, node: Node, allowed: Collection[str], required: Collection[str] = ()
    ) -> dict[str, Node]:
        self.allowed.add(tuple(sorted(set(allowed))))
        return super().members(node, allowed, required)


def test_it_knows_the_words_that_the_readers_know() -> None:
    read = Recording()
    for text in (TEXT, LARGEST.read_text()):
        examine(read.compose(text), read)
    assert read.problems == []
    known = set(properties(SCHEMA))
    assert {names for names in read.allowed if names not in known} == set()


def properties(part: Any) -> Iterator[tuple[str, ...]]:
    """The closed sets of names in a schema."""
    if isinstance(part, dict):
        if part.get("additionalProperties") is False:
            yield tuple(sorted(part["properties"]))
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from properties(inner)
