"""What can be read and cannot be meant: each is found where it stands, and its sound neighbour is not."""

import pytest

from shared.contracts.instant import parse
from shared.policy.directory_reading import read_directory
from shared.policy.policy import examine, read_policy
from shared.policy.reading import Reading
from shared.policy.soundness import soundness_problems
from shared.policy.staffing import staffing_problems

NOW = parse("2026-03-01T00:00:00Z")
POLICY = """\
policy: p
effective: 2026-01-01
severities: {P1: , P2: , P3: }
kinds: [problem, question]
calendars:
  always: 24x7
  office: {zone: Europe/Copenhagen, hours: {mon-fri: 08:00-16:00}, holidays: DK-bank}
coverage:
  - {when: {severity: P1}, calendar: always}
  - {calendar: office}
statuses: [open, waiting]
clocks:
  resolution:
    starts: case.opened
    stops: case.resolved
    targets:
      - {when: {severity: P1}, within: 4 h}
      - {when: {severity: [P2, P3], kind: problem}, within: 8 h}
      - {within: 5 business days}
    warn: [50 %, 30 min before]
    pauses: {status: waiting}
tiers:
  - {tier: Tier 1, team: one, budget: 50 %}
  - {tier: Tier 2, team: two}
ladders:
  - {when: {severity: P1}, clocks: resolution, steps: [{at: breach, page: on-call}]}
  - {clocks: resolution, steps: [{at: breach, page: on-call of one}]}
"""

WIDER = """- {when: {severity: P2}, calendar: office}
  - {when: {severity: [P1, P2], kind: problem}, calendar: always}
  - {calendar: office}"""


def found(right: str = "", wrong: str = "", now: int = NOW) -> list[str]:
    assert right in POLICY
    text = POLICY.replace(right, wrong, 1) if right else POLICY
    reading = Reading("p.yaml")
    root = reading.compose(text)
    policy = examine(root, reading)
    assert reading.problems == []
    lines = text.splitlines()
    for problem in (problems := sorted(set(soundness_problems(policy, root, now)))):
        assert lines[problem.line - 1][problem.column - 1] != " "
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in problems]


def test_a_sound_policy_has_no_problem() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        (
            "{when: {severity: [P2, P3], kind: problem}, within: 8 h}",
            "{when: {severity: P1, kind: problem}, within: 8 h}",
            "18:9: this rule is never reached: line 17 takes every case that it asks for",
        ),
        (
            "- {calendar: office}",
            WIDER,
            "11:5: this rule is never reached: line 9 and line 10 take every case that it asks for",
        ),
        (
            "{clocks: resolution, steps: [{at: breach, page: on-call of one}]}",
            "{when: {severity: P1, kind: problem}, clocks: resolution, steps: [{at: breach, page: al}]}",
            "27:5: this rule is never reached: line 26 takes every case that it asks for",
        ),
        ("[50 %, 30 min before]", "[50 %, 120 %]", "20:11: a warning 120 % comes after the breach"),
        ("[50 %, 30 min before]", "[50 %, 1 h after]", "20:11: a warning 1 h after comes after the breach"),
        (
            "[50 %, 30 min before]",
            "[50 %, 4 h before]",
            "20:11: a warning 4 h before comes at once: the target is 4 h",
        ),
        (
            "within: 4 h}",
            "within: 4 h, warn: [50 %, 5 h before]}",
            "17:9: a warning 5 h before comes at once: the target is 4 h",
        ),
        ("budget: 50 %", "budget: 30 min before", ""),
        (
            "within: 8 h",
            "within: 1 week",
            "18:9: 1 week are 168 hours in which 'office' is open: about 21 business days",
        ),
        ("within: 4 h", "within: 1 week", ""),
        ("within: 8 h", "within: 1 calendar week", ""),
        ("within: 8 h", "within: 168 h", ""),
        (
            "pauses: {status: waiting}",
            "pauses: {severity: [P1, P2]}",
            "17:9: 'resolution' can never run here: it is always paused for these cases",
        ),
        (
            "pauses: {status: waiting}",
            "while: {severity: [P2, P3]}",
            "17:9: 'resolution' can never run here: it is always paused for these cases",
        ),
        (
            "page: on-call of one}]",
            "page: on-call of one, acknowledge_within: 5 min}]",
            "27:5: this ladder ends with nobody: when step 1 is not acknowledged, no step hears of it",
        ),
    ],
)
def test_each(right: str, wrong: str, problem: str) -> None:
    assert found(right, wrong) == ([problem] if problem else [])


def test_a_tier_whose_budget_exceeds_the_target() -> None:
    late = POLICY.replace("50 %, 30 min before", "1 h after").replace("budget: 50 %", "budget: 1 h after")
    reading = Reading("p.yaml")
    root = reading.compose(late)
    told = {problem.message for problem in soundness_problems(examine(root, reading), root, NOW)}
    assert "a tier's budget of 1 h after exceeds the target of 4 h" in told


def test_a_warning_that_a_ladder_waits_for_is_a_step() -> None:
    waits = POLICY.replace("30 min before", "1 h after").replace("[{at: breach, p", "[{at: 1 h after, p", 1)
    reading = Reading("p.yaml")
    root = reading.compose(waits)
    assert list(soundness_problems(examine(root, reading), root, NOW)) == []


def test_holidays_that_end_soon() -> None:
    assert found(now=parse("2034-11-01T00:00:00Z")) == []
    assert found(now=parse("2034-12-01T00:00:00Z")) == [
        "7:78: the holidays DK-bank are known until the end of 2035 only"
    ]


def test_a_target_beyond_the_calendars_end() -> None:
    assert found("5 business days", "200000 business days") == [
        "19:9: 200000 business days from 2026-03-01 on can never be met: the calendar 'office' ends before",
    ]


DIRECTORY = """\
people:
  al: {name: Al, channels: [console]}
  bo: {name: Bo, channels: [console], away: [2026-04-01 to 2026-04-02]}
teams:
  one: {shifts: [{name: always, hours: 24x7, people: [bo]}]}
  two: {shifts: [{name: always, hours: 24x7, people: [al]}]}
customers: {}
"""


def test_a_ladder_that_at_some_instant_ends_with_nobody() -> None:
    policy, until = read_policy(POLICY, "p.yaml"), parse("2026-06-01T00:00:00Z")
    [problem] = staffing_problems(policy, read_directory(DIRECTORY, "d.yaml"), NOW, until)
    assert problem.line == 27
    # Copenhagen's office opens at 06:00 UTC in summer; 2 and 3 April are holidays, so the first day alone.
    assert problem.message == (
        "this ladder ends with nobody, first 2026-04-01T06:00:00Z to 2026-04-01T14:00:00Z"
    )
    both = DIRECTORY.replace("people: [bo]", "people: [bo, al]")
    assert staffing_problems(policy, read_directory(both, "d.yaml"), NOW, until) == ()
    # Senior management reads in its own hours: that is nobody to be called.
    above = POLICY.replace("page: on-call of one", "page: [on-call of one, senior management]")
    people = DIRECTORY.replace("customers:", "senior_management: {people: [al]}\ncustomers:")
    assert staffing_problems(read_policy(above, "p.yaml"), read_directory(people, "d.yaml"), NOW, until)


@pytest.mark.parametrize(
    "wrong", ["{when: {sevrity: P1}", "{when: {severity: P9}", "{when: {severity: {not: P9}}"]
)
def test_a_condition_with_a_mistake_is_one_problem_and_takes_no_case(wrong: str) -> None:
    reading = Reading("p.yaml")
    root = reading.compose(POLICY.replace("{when: {severity: P1}", wrong, 1))
    found = [*soundness_problems(examine(root, reading), root, NOW)]
    assert len(reading.problems) == 1
    assert found == []
