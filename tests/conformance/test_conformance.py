"""The runner understands every word of both formats, and says no when the answer is no.

The cases here are invented; the collected ones are asked where they are.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import __main__ as runner
from tests.conformance import business_time, timelines

WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
AGREE: dict[str, dict[str, Any]] = {
    "add": {
        "start": "2026-07-10T16:00:00+00:00",
        "amount": {"value": 1.5, "unit": "hours"},
        "expected": "2026-07-13T09:30:00+00:00",
    },
    "add, staying": {
        "start": "2026-07-10T16:00:00+00:00",
        "amount": {"value": 60, "unit": "minutes"},
        "expected": "2026-07-10T17:00:00+00:00",
        "result_stay_at_boundary": "2026-07-10T17:00:00+00:00",
        "result_roll_past_boundary": "2026-07-13T09:00:00+00:00",
    },
    "add, rolling": {
        "start": "2026-07-10T16:00:00+00:00",
        "amount": {"value": 60, "unit": "minutes"},
        "expected": "2026-07-13T09:00:00+00:00",
        "result_stay_at_boundary": "2026-07-10T17:00:00+00:00",
        "result_roll_past_boundary": "2026-07-13T09:00:00+00:00",
    },
    "subtract": {
        "start": "2026-07-13T09:30:00+00:00",
        "amount": {"value": 5400, "unit": "seconds"},
        "expected": "2026-07-10T16:00:00+00:00",
    },
    "elapsed": {"start": "2026-07-10T16:00:00+00:00", "end": "2026-07-13T10:00:00+00:00", "expected": 7200},
    "elapsed_paused": {
        "start": "2026-07-10T16:00:00+00:00",
        "end": "2026-07-13T10:00:00+00:00",
        "pauses": [["2026-07-12T00:00:00+00:00", "2026-07-13T09:30:00+00:00"]],
        "expected": 5400,
    },
    "is_open": {"start": "2026-07-10T17:00:00+00:00", "expected": False},
    "next_open": {"start": "2026-07-10T17:00:00+00:00", "expected": "2026-07-13T09:00:00+00:00"},
    "next_close": {"start": "2026-07-10T17:00:00+00:00", "expected": "2026-07-13T17:00:00+00:00"},
    "prev_close": {"start": "2026-07-13T09:00:00+00:00", "expected": "2026-07-10T17:00:00+00:00"},
    "add_days": {
        "start": "2026-07-10T18:00:00+00:00",
        "amount": {"value": 1, "unit": "days"},
        "expected": "2026-07-14T09:00:00+00:00",
        "matches_rules": ["D2_roll_then_jump"],
    },
    "subtract_days": {
        "start": "2026-07-13T10:00:00+00:00",
        "amount": {"value": 1, "unit": "days"},
        "expected": "2026-07-10T10:00:00+00:00",
    },
    "add_days_eod": {
        "start": "2026-07-10T10:00:00+00:00",
        "amount": {"value": 1, "unit": "days"},
        "expected": "2026-07-13T17:00:00+00:00",
    },
    "add_dates": {"start": "2026-07-10", "amount": {"value": 1, "unit": "days"}, "expected": "2026-07-13"},
    "days_between": {"start": "2026-07-10", "end": "2026-07-14", "expected": 2},
    "days_between_inclusive": {"start": "2026-07-10", "end": "2026-07-14", "expected": 3},
    "periods_after": {
        "start": "2026-07-10T10:00:00+00:00",
        "n": 2,
        "expected": [
            ["2026-07-10T10:00:00+00:00", "2026-07-10T17:00:00+00:00"],
            ["2026-07-13T09:00:00+00:00", "2026-07-13T17:00:00+00:00"],
        ],
    },
    "periods_before": {
        "start": "2026-07-13T10:00:00+00:00",
        "n": 2,
        "expected": [
            ["2026-07-13T09:00:00+00:00", "2026-07-13T10:00:00+00:00"],
            ["2026-07-10T09:00:00+00:00", "2026-07-10T17:00:00+00:00"],
        ],
    },
    "local_to_utc": {
        "timezone": "Europe/Copenhagen",
        "local": "2026-03-29T02:30:00",
        "expected": "2026-03-29T03:30:00+02:00",
    },
}
BRANCHES: dict[str, Any] = {
    "breaks": {
        "breaks": {"2026-07-10": [["16:30", "17:00"]], "*-07-13": [["09:00", "10:00"]]},
        "expected": "2026-07-13T11:00:00+00:00",
    },
    "shifts": {"shifts": {"2026-07-11": [["22:00", "02:00"]]}, "expected": "2026-07-11T22:00:00+00:00"},
    "yearly holiday": {"holidays": ["*-07-13"], "expected": "2026-07-14T09:00:00+00:00"},
}


def vector(op: str, **said: Any) -> dict[str, Any]:
    return {
        "id": op,
        "op": op.partition(",")[0],
        "timezone": "UTC",
        "week": WEEK,
        "holidays": [],
        "breaks": {},
        "shifts": {},
        **said,
    }


@pytest.mark.parametrize("op", AGREE)
def test_every_op(op: str) -> None:
    verdict = business_time.judge(vector(op, **AGREE[op]))
    assert (verdict.outcome, verdict.source) == ("agree", "own vectors"), verdict.reason


@pytest.mark.parametrize("field", BRANCHES)
def test_every_field_of_a_calendar(field: str) -> None:
    if field == "breaks":
        said = vector("add", start="2026-07-10T16:15:00+00:00", amount={"value": 75, "unit": "minutes"})
    else:
        said = vector("next_open", start="2026-07-10T17:00:00+00:00")
    verdict = business_time.judge(said | BRANCHES[field])
    assert verdict.outcome == "agree", verdict.reason


def test_a_wrong_answer_fails() -> None:
    verdict = business_time.judge(vector("elapsed", **AGREE["elapsed"] | {"expected": 7201}))
    assert verdict.fails
    assert "ours 7200" in verdict.reason


def test_a_wrong_further_answer_fails_although_the_expected_one_agrees() -> None:
    wrong = AGREE["add, staying"] | {"result_roll_past_boundary": "2026-07-13T09:01:00+00:00"}
    assert business_time.judge(vector("add", **wrong)).fails


def test_a_difference_that_the_case_names_is_listed_and_does_not_fail() -> None:
    named = vector("elapsed", **AGREE["elapsed"] | {"expected": 1, "verified": "rounds up"})
    verdict = business_time.judge(named)
    assert (verdict.outcome, verdict.fails) == ("differ", False)
    rule = vector(
        "add_days",
        **AGREE["add_days"]
        | {"expected": "2026-07-13T18:00:00+00:00", "matches_rules": ["D3_jump_keep_clock"]},
    )
    assert not business_time.judge(rule).fails


def test_what_cannot_be_asked_says_why_and_fails() -> None:
    verdict = business_time.judge(vector("astrology", **AGREE["add"]))
    assert (verdict.outcome, verdict.fails, verdict.reason) == ("cannot be asked", True, "op 'astrology'")


START = {"start": "2026-07-10T16:00:00+00:00"}
KINDS: dict[str, tuple[dict[str, Any], Any]] = {
    "add_business_time": (
        {**START, "business_seconds": 7200, "direction": "forward"},
        {"result": "2026-07-13T10:00:00+00:00"},
    ),
    "add_business_time, back": (
        {**START, "business_seconds": 7200, "direction": "backward"},
        {"result": "2026-07-10T14:00:00+00:00"},
    ),
    "add_business_time, rolling": (
        {**START, "business_seconds": 3600, "boundary_alternative": "2026-07-10T17:00:00+00:00"},
        {"result": "2026-07-13T09:00:00+00:00"},
    ),
    "add_business_time_with_pauses": (
        {
            **START,
            "business_seconds": 1800,
            "pauses": [["2026-07-10T16:10:00+00:00", "2026-07-13T09:00:00+00:00"]],
        },
        {"result": "2026-07-13T09:20:00+00:00"},
    ),
    "business_time_between": ({**START, "end": "2026-07-13T10:00:00+00:00"}, {"business_seconds": 7200}),
    "business_time_between_with_pauses": (
        {
            **START,
            "end": "2026-07-13T10:00:00+00:00",
            "pauses": [{"start": "2026-07-10T16:10:00+00:00", "end": "2026-07-13T09:00:00+00:00"}],
        },
        {"business_seconds": 4200},
    ),
    "add_business_days": ({**START, "days": 2}, {"result": "2026-07-14T16:00:00+00:00"}),
    "open_periods": (
        {**START, "count": 1},
        {"periods": [["2026-07-10T16:00:00+00:00", "2026-07-10T17:00:00+00:00"]]},
    ),
    "next_open_instant": ({"start": "2026-07-11T16:00:00+00:00"}, {"result": "2026-07-13T09:00:00+00:00"}),
    "is_open": ({"at": "2026-07-10T16:00:00+00:00"}, {"result": True}),
    "is_holiday": ({"date": "2026-12-25"}, {"result": True}),
    "is_holiday, a Sunday is none": ({"date": "2026-07-12"}, {"result": False}),
    "local_time_resolution": ({"local": "2026-07-10T16:00:00"}, {"result": "2026-07-10T16:00:00+00:00"}),
    "schedule_intersection": (
        {
            **START,
            "other": {"timezone": "UTC", "weekly": {"mon": [["16:00", "20:00"]]}, "holidays": []},
            "end": "2026-07-14T10:00:00+00:00",
        },
        {"periods": [["2026-07-13T16:00:00+00:00", "2026-07-13T17:00:00+00:00"]]},
    ),
    "schedule_intersection, as a calendar": (
        {"other": {"timezone": "UTC", "weekly": {"mon": [["16:00", "20:00"]]}, "holidays": []}},
        {"weekly": {"mon": [["16:00", "17:00"]]}, "holidays_recurring": ["12-25"]},
    ),
}


def kind_case(kind: str, said: Any, expected: Any, class_: str = "calendar_fact") -> dict[str, Any]:
    calendar = {"timezone": "UTC", "weekly": WEEK, "holidays": [], "holidays_recurring": ["12-25"]}
    return {
        "id": kind,
        "kind": kind.partition(",")[0],
        "class": class_,
        "source": {"repo": "nobody/nothing"},
        "calendar": calendar,
        "input": said,
        "expected": expected,
        "notes": "a note",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind: str) -> None:
    verdict = timelines.judge(kind_case(kind, *KINDS[kind]))
    assert verdict.outcome == "agree", verdict.reason


def test_only_what_is_peer_specific_may_differ() -> None:
    for class_, fails in (("calendar_fact", True), ("common_semantics", True), ("peer_specific", False)):
        verdict = timelines.judge(
            kind_case("is_open", {"at": "2026-07-10T16:00:00+00:00"}, {"result": False}, class_)
        )
        assert (verdict.outcome, verdict.fails) == ("differ", fails)
        assert "a note" in verdict.reason


@pytest.mark.parametrize("name", ["business_time.json", "sla_timelines.json"])
def test_the_collected_cases(name: str) -> None:
    file = runner.DEFAULT / name
    if not file.exists():
        pytest.skip(f"../shared/vectors/{name} is not here")
    assert [verdict for verdict in runner.judged(file) if verdict.fails] == []


def test_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"vectors": [vector("elapsed", **AGREE["elapsed"])]}))
    bad.write_text(
        json.dumps({"cases": [kind_case("is_open", {"at": "2026-07-10T16:00:00+00:00"}, {"result": False})]})
    )
    assert runner.main([str(good)]) == 0
    assert runner.main([str(good), str(bad)]) == 1
    assert "FAIL is_open" in capsys.readouterr().out
