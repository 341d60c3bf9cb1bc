"""Tiers, routing and ladders: what is read, and every mistake in its place."""

import pytest

from shared.contracts.instant import DAY, parse
from shared.policy.directory_reading import read_directory
from shared.policy.policy import Policy, read_policy
from shared.policy.reading import PolicyProblems
from shared.policy.staffing import staffing_problems

HEAD = """\
policy: p
effective: 2026-01-01
severities: {P1: down, P2: odd}
calendars: {always: 24x7}
coverage: [{calendar: always}]
statuses: {open: }
clocks:
  first_response: {starts: case.opened, stops: support.replied, within: 1 h, warn: [75 %]}
  resolution: {starts: case.opened, stops: case.resolved, within: 4 h, warn: [50 %, 75 %]}
"""
LINES = HEAD.count("\n")
TIERS = """\
tiers:
  - {tier: Tier 1, team: first, budget: 50%}
  - {tier: Tier 2, team: second}
"""


def policy(text: str) -> Policy:
    return read_policy(HEAD + text, "p.yaml")


def problems(text: str) -> list[str]:
    """Each problem as `line: message`, lines counted from the end of what is right."""
    with pytest.raises(PolicyProblems) as wrong:
        policy(text)
    return [f"{each.line - LINES}: {each.message}" for each in wrong.value.problems]


def test_the_first_rule_wins_and_says_why() -> None:
    escalation = policy(
        TIERS
        + """\
routing:
  - {when: {kind: integration, severity: P1}, to: Tier 2}
  - {to: Tier 1}
"""
    ).escalation
    routed = escalation.route({"kind": "integration", "severity": "P1"})
    assert routed is not None
    assert (routed[0].name, routed[1]) == ("Tier 2", "kind is integration and severity is P1")
    other = escalation.route({"severity": "P2"})
    assert other is not None
    assert (other[0].name, other[1]) == ("Tier 1", "no other rule holds")


def test_without_tiers_a_case_lies_nowhere() -> None:
    assert policy("").escalation.route({}) is None


def test_the_first_ladder_for_the_clock_and_the_case_wins() -> None:
    escalation = policy(
        TIERS
        + """\
ladders:
  - {when: {severity: P1}, clocks: resolution, steps: [{at: breach, page: on-call}]}
  - {clocks: [first_response, resolution], steps: [{at: 75%, notify: assignee}, {at: breach + 1h, page: al}]}
"""
    ).escalation
    first = escalation.ladder("resolution", {"severity": "P1"})
    other = escalation.ladder("first_response", {"severity": "P1"})
    assert first is not None
    assert other is not None
    assert (first.line - LINES - 3, other.line - LINES - 3) == (2, 3)
    assert list(other.then.points()) == ["75%"]
    assert other.then.steps[1].at.after == 3600 * 1_000_000


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("tiers: [{tier: A}]", "1: 'team' is missing"),
        ("tiers: [{tier: A, team: x, budget: 75 %}]", "1: the last tier has none above it"),
        (
            "tiers: [{tier: A, team: x, budget: 60 %}, {tier: B, team: x}]",
            "1: the clock 'resolution' has no warning point '60 %'",
        ),
        (
            "tiers: [{tier: A, team: x, budget: 75 %}, {tier: B, team: x, budget: 50 %}, {tier: C, team: x}]",
            "1: a budget of 50 % leaves this tier no time",
        ),
        ("tiers: [{tier: A, team: x}, {tier: A, team: y}]", "1: tier 'A' stands here twice"),
        (TIERS + "routing: [{to: Tier 3}]", "4: unknown tier 'Tier 3'"),
        (TIERS + "routing: [{when: {kind: odd}, to: Tier 2}]", "4: no rule takes every other case"),
        (TIERS + "routing:\n  - {to: Tier 1}\n  - {to: Tier 2}", "6: this rule is never reached"),
    ],
)
def test_mistakes_in_tiers_and_routing(text: str, wrong: str) -> None:
    assert wrong in problems(text)


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ("{at: breach}", "this step does nothing"),
        ("{at: 80 %, notify: assignee}", "the clock 'resolution' has no warning point '80 %'"),
        ("{at: silence, page: on-call}", "nobody was asked who could stay silent"),
        (
            "{at: breach, page: on-call}, {at: silence, page: manager}",
            "nobody was asked who could stay silent",
        ),
        ("{at: breach, notify: on-call, acknowledge_within: 1 h}", "only a page is acknowledged"),
        ("{at: breach, page: on-call, acknowledge_within: 1 business day}", "a ladder counts plain time"),
        ("{at: breach, page: senior management}", "senior management is never the only one"),
        ("{at: breach, page: the boss}", "'the boss' is nobody"),
        ("{at: breach, escalate: Tier 9}", "unknown tier 'Tier 9'"),
        ("{at: breach, page: on-call, urgency: loud}", "unknown urgency 'loud'"),
        ("{at: idle, page: on-call}", "'idle' is no instant of a ladder"),
        ("{at: breach - 1 h, page: on-call}", "'breach - 1 h' is no instant of a ladder"),
        ("{at: breach, page: on-call}, {at: breach, page: manager}", "'breach' stands here twice"),
        (
            "{at: breach + 1 h, page: on-call}, {at: breach, page: manager}",
            "the breach comes before a step above it",
        ),
    ],
)
def test_mistakes_in_ladders(steps: str, wrong: str) -> None:
    found = problems(f"{TIERS}ladders:\n  - {{clocks: resolution, steps: [{steps}]}}")
    assert f"5: {wrong}" in found


def test_a_ladder_that_is_never_reached() -> None:
    found = problems(
        TIERS
        + """\
ladders:
  - {clocks: [resolution, first_response], steps: [{at: breach, page: on-call}]}
  - {when: {severity: P1}, clocks: resolution, steps: [{at: breach, page: on-call}]}
"""
    )
    assert found == ["6: this ladder is never reached"]


DIRECTORY = """\
people:
  ann: {name: Ann, channels: [console]}
teams:
  first: {shifts: [{name: day, zone: UTC, hours: {mon-fri: 08:00-16:00}, people: ann}]}
  second: {manager: ann, shifts: [{name: night, zone: UTC, hours: {mon-fri: 16:00-06:00}, people: ann}]}
customers: {}
"""


def staffing(ladder: str) -> list[str]:
    asked = policy(f"{TIERS}ladders:\n  - {{clocks: resolution, steps: [{ladder}]}}")
    since = parse("2026-06-01T00:00:00Z")
    found = staffing_problems(asked, read_directory(DIRECTORY, "d.yaml"), since, since + 4 * DAY)
    return [f"{each.line - LINES}: {each.message}" for each in found]


def test_what_neither_file_can_tell_alone() -> None:
    assert staffing("{at: breach, page: [bob, manager, on-call of third]}") == [
        "5: 'bob' is nobody",
        "5: the team 'first' has no manager",
        "5: the directory has no team 'third'",
    ]
    page = "{at: breach, page: on-call, acknowledge_within: 1 h}, {at: silence, page: senior management}"
    assert staffing(page) == ["5: the directory names no senior management"]


def test_the_instants_that_no_team_covers() -> None:
    assert staffing("{at: breach, page: on-call}") == [
        "2: no team covers 14.0 hours in which clocks run, first 2026-06-01T00:00:00Z to 2026-06-01T08:00:00Z"
    ]
