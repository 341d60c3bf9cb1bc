"""A log lived through in virtual time: the numbers add up, and single cases end as one reckons by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

LOG = Path(__file__).parents[1] / "data" / "incidents.csv"
SIMULATE = ["simulate", "--policy", "servicenow", "--json", "-"]


@pytest.fixture(scope="module")
def outcome() -> Any:
    result = CliRunner().invoke(app, [*SIMULATE, str(LOG)])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def clocks(outcome: Any, case: str) -> dict[tuple[str, int], dict[str, Any]]:
    found = next(told for told in outcome["cases"] if told["case"] == case)
    return {(clock["clock"], clock["cycle"]): clock for clock in found["clocks"]}


def test_the_numbers_add_up(outcome: Any) -> None:
    every = [clock for case in outcome["cases"] for clock in case["clocks"]]
    assert outcome["totals"]["cases"] == len(outcome["cases"]) == 49
    assert outcome["totals"]["clocks"] == len(every) > 98
    assert outcome["totals"]["breaches"] == sum(clock["breached_at"] is not None for clock in every) > 0
    assert all((clock["state"] == "met late") <= (clock["breached_at"] is not None) for clock in every)


def test_a_critical_case_in_time(outcome: Any) -> None:
    """Opened Monday 08:00 in Copenhagen, answered after 10 minutes of 15, resolved after 1 hour of 4."""
    told = clocks(outcome, "INC0000001")
    assert told["first_response", 1]["state"] == "met"
    assert told["first_response", 1]["due"] == "2016-03-07T07:15:00Z"
    assert told["first_response", 1]["met_at"] == "2016-03-07T07:10:00Z"
    assert told["resolution", 1]["state"] == "met"
    assert told["resolution", 1]["met_at"] == "2016-03-07T08:00:00Z"


def test_a_critical_case_too_late(outcome: Any) -> None:
    """The fifth: answered 170 minutes after its opening, resolved after 21 hours."""
    told = clocks(outcome, "INC0000005")
    assert told["first_response", 1]["state"] == told["resolution", 1]["state"] == "met late"


def test_who_never_finishes_is_in_breach(outcome: Any) -> None:
    open_ones = [
        case for case in outcome["cases"] if any(clock["state"] == "breached" for clock in case["clocks"])
    ]
    assert {"INC0000036", "INC0000037"} <= {case["case"] for case in open_ones}


def test_the_same_log_as_lines_ends_alike(outcome: Any, tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    runner = CliRunner()
    assert runner.invoke(app, ["import", "servicenow", str(LOG), "-o", str(lines)]).exit_code == 0
    assert json.loads(runner.invoke(app, [*SIMULATE, str(lines)]).stdout) == outcome


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (
            ["--policy", "servicenwo", str(LOG)],
            "there is no policy 'servicenwo' (did you mean servicenow?)",
        ),
        (["--until", "tomorrow", str(LOG)], "--until: 'tomorrow' is not an RFC 3339 date-time"),
        (["/nowhere.jsonl"], "/nowhere.jsonl: No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(args: list[str], why: str) -> None:
    result = CliRunner().invoke(app, ["simulate", *args])
    assert result.exit_code == 2
    assert why in result.stderr


def test_a_line_that_is_no_event_is_named(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text('{"id": "1", "source": "desk"}\n')
    result = CliRunner().invoke(app, ["simulate", str(log)])
    assert result.exit_code == 2
    assert f"{log}:1: no event: 'type' is missing" in result.stderr
