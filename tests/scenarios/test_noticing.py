"""`policy test --mutate` and the table of obligations: a scenario proves what it would miss."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.scenarios.mutation import mutants
from cli.scenarios.noticing import notices
from cli.scenarios.obligations import ROW, obligations
from cli.scenarios.proof import clauses, proven
from cli.scenarios.stage import stage
from cli.scenarios.verdict import lived
from shared.policy.reading import PolicyProblems

ROOT = Path(__file__).parents[2]
SOURCES = ("danish-annex", "hosted-service", "product-support", "subscription", "support-packages")
POLICY = """\
policy: small
effective: 2026-01-01
zone: Europe/Copenhagen
severities: {P1: Work has stopped, P2: Work goes on}
calendars:
  office: {zone: Europe/Copenhagen, hours: {mon-fri: 09:00-17:00}}
  always: 24x7
coverage:
  - {when: {severity: P1}, calendar: always}
  - {calendar: office}
statuses: {open: , waiting: }
clocks:
  response:
    means: until somebody answers
    starts: case.opened
    stops: support.replied
    targets: {P1: 30 min, P2: 4 h}
    warn: [75 %]
    pauses: {status: waiting}
tiers: [{tier: Tier 1, team: first}]
ladders:
  - clocks: response
    steps: [{at: 75 %, notify: asta}]
"""
DIRECTORY = "people: {asta: {name: Asta, channels: [console]}}\ncustomers: {}\n"
SCENARIO = """\
policy: small
about: response
scenario: work has stopped on a Sunday                    keeps: EX-1
  Sun 2026-03-01 12:00  case opened severity=P1; started response due 12:30
                        case status changed to waiting; paused response
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(POLICY)
    (tmp_path / "directory.yaml").write_text(DIRECTORY)
    file = tmp_path / "story.txt"
    file.write_text(SCENARIO)
    return file


def test_every_promise_has_its_mutants_and_no_word_for_people_has(tmp_path: Path) -> None:
    assert [f"{mutant.line} {mutant.what}" for mutant in mutants(POLICY, "small.yaml")] == [
        "6 calendars.office.zone: Europe/Copenhagen becomes Asia/Kolkata",
        "6 calendars.office.hours.mon-fri becomes mon-thu",
        "6 calendars.office.hours.mon-fri: 09:00-17:00 becomes 10:00-17:00",
        "6 calendars.office.hours.mon-fri: 09:00-17:00 becomes 09:00-16:00",
        "7 calendars.always: 24x7 becomes {zone: Etc/UTC, hours: {mon-fri: 10:00-11:00}}",
        "9 coverage: {calendar: always} is dropped",
        "9 coverage[1].when.severity: P1 becomes P2",
        "9 coverage[1].calendar: always becomes office",
        "10 coverage[2].calendar: office becomes always",
        "15 clocks.response.starts: case.opened becomes case.changed",
        "16 clocks.response.stops: support.replied becomes support.updated",
        "17 clocks.response.targets.P1: 30 min becomes 60 min",
        "17 clocks.response.targets.P2: 4 h becomes 8 h",
        "18 clocks.response.warn: 75 % becomes 80 %",
        "19 clocks.response.pauses is dropped",
        "19 clocks.response.pauses.status is dropped",
        "19 clocks.response.pauses.status: waiting becomes open",
        "20 tiers is dropped",
        "21 ladders is dropped",
        "22 ladders: {clocks: response} is dropped",
        "23 ladders[1].steps: {at: 75 %, notify: asta} is dropped",
        "23 ladders[1].steps[1].at: 75 % becomes 80 %",
    ]


def test_what_no_scenario_notices_is_named_with_its_place(file: Path) -> None:
    told = list(notices(stage(file)))
    noticed = {notice.mutant.what for notice in told if notice.by is not None}
    missed = {notice.mutant.what: notice.where for notice in told if notice.by is None}
    assert "clocks.response.targets.P1: 30 min becomes 60 min" in noticed
    assert "coverage: {calendar: always} is dropped" in noticed
    assert "clocks.response.pauses is dropped" in noticed
    assert missed["clocks.response.targets.P2: 4 h becomes 8 h"] == f"{file.parent}/small.yaml:17:31"


def test_the_command_ends_with_1_while_something_is_missed(file: Path) -> None:
    ran = CliRunner().invoke(app, ["policy", "test", "--mutate", str(file)])
    assert ran.exit_code == 1
    assert (
        "small.yaml:17:31: no scenario notices: clocks.response.targets.P2: 4 h becomes 8 h\n" in ran.output
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_nothing_in_the_source_policies_could_change_unnoticed(name: str) -> None:
    folder = ROOT / "policies"
    files = [file for file in (folder / "scenarios").glob("*.txt") if f"policy: {name}\n" in file.read_text()]
    told = list(notices([each for file in files for each in stage(file)]))
    assert told
    assert [f"{each.where}: {each.mutant.what}" for each in told if each.by is None] == []


def test_an_obligation_is_kept_while_every_scenario_that_carries_it_holds(file: Path) -> None:
    page = "| id | x |\n|---|---|\n| EX-1 | around the clock |\n| EX-2 | more |\n"
    verdicts = [lived(each.play, each.book()) for each in stage(file)]
    assert [(each.id, each.standing) for each in obligations(page, verdicts)] == [
        ("EX-1", "kept"),
        ("EX-2", "not yet"),
    ]
    file.write_text(SCENARIO.replace("due 12:30", "due 12:31"))
    verdicts = [lived(each.play, each.book()) for each in stage(file)]
    assert obligations(page, verdicts)[0].standing == "broken"


def test_an_id_that_nobody_lists_is_a_mistake(file: Path) -> None:
    verdicts = [lived(each.play, each.book()) for each in stage(file)]
    with pytest.raises(PolicyProblems, match="3:66: no obligation is called EX-1"):
        obligations("| EX-2 | more |\n", verdicts)


def test_the_shipped_list_names_every_obligation_of_the_sources() -> None:
    counts = {"FS": 9, "FD": 17, "PR": 10, "EM": 9, "CS": 8}
    named = [found[1] for found in ROW.finditer((ROOT / "docs" / "obligations.md").read_text())]
    assert named == [f"{source}-{number}" for source, last in counts.items() for number in range(1, last + 1)]


def test_a_comment_names_the_clause_that_keeps_an_obligation() -> None:
    text = """\
clocks:
  response: # EX-1
    starts: case.opened
    within: 1 h # EX-2
  # EX-3: both of the following
  triage:
    within: 1 h
  repair: {within: 2 h}
tiers: []
"""
    assert {line: set(ids) for line, ids in clauses(text).items() if ids} == {
        2: {"EX-1"},
        3: {"EX-1"},
        4: {"EX-1", "EX-2"},
        6: {"EX-3"},
        7: {"EX-3"},
        8: {"EX-3"},
    }


def test_an_obligation_is_proven_by_a_scenario_that_fails_without_its_clause(file: Path) -> None:
    policy = file.parent / "small.yaml"
    policy.write_text(POLICY.replace("warn: [75 %]", "warn: [75 %] # EX-1"))
    assert proven(stage(file)) == set()
    policy.write_text(POLICY.replace("P2: 4 h}", "P2: 4 h} # EX-1"))
    assert proven(stage(file)) == {"EX-1"}


def test_a_scenario_without_the_id_proves_nothing(file: Path) -> None:
    (file.parent / "small.yaml").write_text(POLICY.replace("always: 24x7", "always: 24x7 # EX-2"))
    file.write_text(
        SCENARIO + "scenario: a question    keeps: EX-2\n"
        "  Sun 2026-03-01 12:00  case opened severity=P2; started response due Mon 13:00\n"
    )
    assert proven(stage(file)) == set()


def test_a_clause_may_stand_in_the_directory(file: Path) -> None:
    (file.parent / "directory.yaml").write_text(
        "people:\n"
        "  asta: {name: Asta, channels: [console]}\n"
        "  bo: {name: Bo, channels: [console]}\n"
        "teams:\n"
        "  first: {shifts: [{name: always, hours: 24x7, people: [asta, bo]}]} # EX-1\n"
        "customers: {}\n"
    )
    (file.parent / "small.yaml").write_text(POLICY.replace("notify: asta", "notify: on-call"))
    file.write_text(
        "policy: small\nscenario: whoever is there first    keeps: EX-1\n"
        "  Sun 2026-03-01 12:00  case opened severity=P1; started response; routed to Tier 1\n"
        "  12:22:30              warned response; notify asta\n"
    )
    assert proven(stage(file)) == {"EX-1"}
