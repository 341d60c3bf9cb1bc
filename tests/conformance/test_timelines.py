"""The runner of timelines understands every word of the format, and says no when the answer is no.

All cases are invented: Monday 6 July 2026, open 09:00-17:00 UTC from Monday to Friday, Thursday a holiday.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import __main__ as runner
from tests.conformance import timelines
from tests.conformance.verdict import Verdict

WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS = {"timezone": "UTC", "weekly": WEEK, "holidays": ["2026-07-09"]}

Said = dict[str, Any]


def at(clock: str, day: int = 6) -> str:
    return f"2026-07-{day:02}T{clock}:00+00:00"


def event(clock: str, kind: str, day: int = 6, **said: Any) -> Said:
    return {"at": at(clock, day), "type": kind, **said}


def timeline(targets: Said, events: list[Said], expected: Said, **said: Any) -> Said:
    return {
        "id": "any",
        "kind": "sla_timeline",
        "class": "common_semantics",
        "source": {"repo": "nobody/nothing"},
        "calendar": HOURS,
        "targets": targets,
        "events": events,
        "expected": expected,
        **said,
    }


def checks(*seen: Said) -> Said:
    return {"checks": [{"after": index, **said} for index, said in enumerate(seen)]}


def judged(*case: Any, **said: Any) -> Verdict:
    return timelines.judge(timeline(*case, **said))


def agrees(*case: Any, **said: Any) -> Verdict:
    verdict = judged(*case, **said)
    assert verdict.outcome == "agree", verdict.reason
    return verdict


CREATED = event("10:00", "created", by="customer")
REPLY = event("10:30", "agent_public_reply")


def test_dues_start_minutes_and_what_is_left() -> None:
    agrees(
        {"first_response_min": 60, "resolution_min": 480},
        [CREATED, event("11:30", "agent_public_reply"), event("12:00", "resolved", 7)],
        checks(
            {"first_response_due_at": at("11:00"), "due": at("11:00"), "first_response_in_min": None},
            {
                "due_at": at("10:00", 7),
                "first_responded_at": at("11:30"),
                "first_response_in_min": 90,
                "first_response_diff_min": -30,
                "first_response_diff_in_min": -30,
                "first_response_breached": True,
                "first_response_overrun_business_seconds": 1800,
                "resolution_overrun_business_seconds": None,
                "resolution_business_seconds": 5400,
                "resolution_in_min": 90,
                "close_diff_min": 390,
            },
            {"due": None, "solution_in_min": 600, "resolution_due_at": at("10:00", 7)},
        )
        | {"starts_at": at("10:00"), "status": "Failed", "sla_status": "missed", "breaches_total": 2},
    )


def test_whole_minutes_where_minutes_are_whole() -> None:
    late = {"at": "2026-07-06T10:30:59+00:00", "type": "agent_public_reply"}
    agrees({"first_response_min": 60}, [CREATED, late], {"first_response_in_min": 30})
    agrees({"first_response_min": 60}, [CREATED, late], {"first_response_diff_min": 30})


@pytest.mark.parametrize("amount", ["3600_seconds", "60_min", "60_business_min", "1_hours"])
def test_every_unit_of_a_target(amount: str) -> None:
    number, _, unit = amount.partition("_")
    agrees({f"resolution_{unit}": int(number)}, [CREATED], {"resolution_due_at": at("11:00")})


def test_a_target_in_business_days_and_one_that_is_none() -> None:
    targets = {"resolution_business_days": 3, "first_response_min": 0, "close_min": None}
    agrees(targets, [CREATED], {"due_at": at("10:00", 10), "first_response_due_at": None})


def test_the_oldest_unanswered_message_holds_a_response() -> None:
    message = event("11:00", "customer_message")
    agrees(
        {"response_min": 60, "periodic_update_min": 120},
        [CREATED, REPLY, message, event("11:30", "customer_message"), event("11:45", "agent_reply")],
        checks(
            {"due_at": at("11:00")},
            {"due_at": at("12:30"), "response_due_at": None},
            {"due_at": at("12:00"), "periodic_update_due_at": None},
            {"due_at": at("12:00")},
            {"due_at": at("13:45"), "response_in_min": 45, "response_diff_min": 15},
        ),
    )


def test_who_opens_a_case_decides_whether_an_answer_is_owed() -> None:
    for_them = event("10:00", "created", by="agent_on_behalf_of_customer")
    assert "opened_by" in agrees({"response_min": 60}, [for_them], {"due_at": None}).reason
    agrees({"response_min": 60}, [event("10:00", "created")], {"due_at": at("11:00")})
    agrees({"update_min": 60}, [event("10:00", "created")], {"update_due_at": None})
    agrees({"update_min": 60}, [CREATED], {"update_due_at": at("11:00")})


def test_the_longest_of_several_updates_is_reported() -> None:
    events = [CREATED, REPLY, event("11:00", "customer_message"), event("11:10", "agent_public_reply")]
    agrees({"update_min": 60}, events, {"update_in_min": 30, "update_diff_min": 30, "update_due_at": None})


def test_a_next_response_waits_for_the_first() -> None:
    agrees(
        {"next_response_min": 60},
        [CREATED, event("10:10", "customer_message"), REPLY, event("10:40", "customer_message")],
        checks({"due_at": None}, {"due_at": None}, {"due_at": None}, {"due_at": at("11:40")})
        | {"breaches": {"first_response": 0, "next_response": 1, "resolution": 0}},
        now=at("12:00"),
    )


PAUSED = "Waiting (paused)"


def test_a_status_that_pauses_by_its_own_words() -> None:
    moves = [event("11:00", "state", to=PAUSED), event("10:00", "state", 7, to="open")]
    agrees(
        {"resolution_min": 120},
        [CREATED, *moves, event("12:00", "closed", 7)],
        checks(
            {"on_hold_since": None},
            {"status": "Paused", "on_hold_since": at("11:00"), "due_at": None},
            {
                "status": "Resolution Due",
                "due_at": at("11:00", 7),
                "paused_seconds": 23 * 3600,
                "paused_business_seconds": 7 * 3600,
            },
            {"status": "Failed", "resolved_at": at("12:00", 7), "resolution_wallclock_seconds": 26 * 3600},
        ),
    )


def test_pauses_of_the_case_and_a_total_that_is_set() -> None:
    expected = {"due_at": at("11:15"), "paused_seconds": 900}
    paused = [[at("10:15"), at("10:30")]]
    agrees({"resolution_min": 60}, [CREATED], expected, pauses=paused)
    held = [{"type": "hold_time_set", "seconds": 600}, {"type": "hold_time_set", "seconds": 900}]
    agrees({"resolution_min": 60}, [CREATED, *held], expected)
    held.append({"type": "hold_time_set", "seconds": 1})
    assert judged({"resolution_min": 60}, [CREATED, *held], expected).outcome == "cannot be asked"
    events = [CREATED, event("10:15", "hold"), event("10:30", "resume")]
    agrees({"resolution_min": 60}, events, expected)


def test_statuses_that_are_ignored_for_all_or_for_one() -> None:
    stalled = event("10:20", "state", to="stalled")
    targets = {"response_min": 60, "resolution_min": 120}
    both = {"response_due_at": None, "resolution_due_at": None}
    agrees(targets | {"ignore_on": ["stalled"]}, [CREATED, stalled], both)
    one = {"response_due_at": at("11:00"), "resolution_due_at": None}
    agrees(targets | {"ignore_on_resolution": ["stalled"]}, [CREATED, stalled], one)
    none = {"response_due_at": at("11:00"), "resolution_due_at": at("12:00")}
    agrees(targets | {"ignore_on": ["stalled"], "exclude_time": False}, [CREATED, stalled], none)


def test_a_status_that_answers() -> None:
    targets = {"first_response_min": 60, "resolution_min": 120}
    moved = event("10:20", "state", to="On Hold (paused; counts as first response)")
    assert "status that answers" in agrees(targets, [CREATED, moved], {"first_response_in_min": 20}).reason
    agrees(targets, [CREATED, event("10:20", "state", to="pending")], {"first_response_in_min": None})
    replied = event("10:20", "agent_public_reply", state="replied (paused)")
    message = event("10:50", "customer_message")
    agrees(targets, [CREATED, replied, message], {"resolution_due_at": at("12:30"), "paused_seconds": 1800})


def test_a_case_that_is_opened_again_goes_on() -> None:
    again = event("11:20", "customer_message", state="open")
    agrees(
        {"resolution_min": 60, "response_min": 60},
        [CREATED, REPLY, event("10:40", "state", to="closed"), again],
        checks(
            {"status": "Resolution Due"},
            {"due_at": at("11:00")},
            {"status": "Fulfilled", "sla_status": "hit", "resolved_at": at("10:40")},
            {"resolution_due_at": at("11:40"), "response_due_at": at("12:20"), "resolved_at": None},
        ),
    )


LEVELS = {"gold": {"resolution_min": 60}, "silver": {"resolution_min": 120}}


def test_levels_and_changes() -> None:
    opened = event("10:00", "created", sla="silver")
    agrees(
        {"levels": LEVELS},
        [opened, event("10:30", "sla_change", to="gold"), event("10:40", "sla_change", to=None)],
        checks({"due_at": at("12:00"), "sla": "silver"}, {"due_at": at("11:00")}, {"due_at": None}),
    )
    more = event("10:30", "priority_change", targets={"resolution_min": 240})
    agrees({"resolution_min": 60}, [CREATED, more], {"due_at": at("14:00"), "sla": "any name"})
    longer = {**HOURS, "weekly": {"mon": [["00:00", "10:30"]], "tue": [["08:00", "09:00"]]}}
    moved = event("10:10", "calendar_change", calendar=longer)
    agrees({"resolution_min": 60}, [CREATED, moved], {"due_at": at("08:30", 7)})


def test_a_calendar_by_its_days_until_the_level_has_its_own() -> None:
    opened = event("10:00", "created", calendar="Friday only")
    changed = event("10:00", "sla_change", to="the usual one")
    seen = checks({"due_at": at("10:00", 10)}, {"due_at": at("11:00")})
    agrees({"resolution_min": 60}, [opened, changed], seen)
    assert judged({"resolution_min": 60}, [CREATED, changed], seen).outcome == "cannot be asked"


def test_a_promised_start_that_moves_and_comes_back() -> None:
    levels = {"a": {"starts_business_min": 60}, "b": {"starts_business_min": 90}}
    changes = [event("10:00", "sla_change", to=to) for to in ("b", "a")]
    expected = {
        "starts_after_create": "created + 60 business minutes",
        "starts_shift_after_change_seconds": 1800,
        "starts_after_revert": "same instant as first",
        "starts_at": at("11:00"),
    }
    opened = event("10:00", "created", sla="a")
    agrees({"levels": levels}, [opened, *changes], expected)
    assert judged({"levels": levels}, [opened, changes[0]], expected).fails


def test_the_last_minute_of_a_day() -> None:
    week = {day: [["00:00", "23:59"]] for day in WEEK}
    evening = [event("23:00", "created")]
    said = {**HOURS, "weekly": week}
    agrees({"resolution_min": 90}, evening, {"due_at": at("00:31", 7)}, calendar=said)
    agrees(
        {"resolution_min": 90},
        evening,
        {"due_at": at("00:30", 7)},
        calendar={**said, "note": "its end time is 23:59:59"},
    )


def test_a_due_at_a_closing_may_roll_where_the_case_knows_both() -> None:
    expected = {"resolution_due_at": at("09:00", 7)}
    assert judged({"resolution_min": 420}, [CREATED], expected).fails
    both = expected | {"boundary_alternative": at("17:00")}
    assert "rolling" in agrees({"resolution_min": 420}, [CREATED], both).reason
    other = expected | {"boundary_alternative": {"resolution_due_at": at("16:00")}}
    assert judged({"resolution_min": 420}, [CREATED], other).fails


def test_an_event_that_comes_late_counts_by_its_own_time() -> None:
    events = [CREATED, event("12:00", "evaluate"), REPLY]
    seen = checks({"breaches_total": 0}, {"breaches_total": 1, "notifications": 1}, {"breaches_total": 0})
    agrees({"first_response_min": 60}, events, seen)


def test_reports_over_answers() -> None:
    events = [CREATED, REPLY, event("11:00", "customer_message"), event("11:10", "agent_reply")]
    expected = {"avg_response_wallclock_seconds": 1200, "user_resolution_wallclock_seconds": 2400}
    agrees({"resolution_min": 60}, events, expected)


def test_silent_events_pass_the_time_and_nothing_else() -> None:
    agrees({"first_response_min": 60}, [CREATED, event("10:10", "internal_note")], {"due_at": at("11:00")})


WRONG: dict[str, tuple[Said, list[Said], Said]] = {
    "target": ({"happiness_min": 60}, [CREATED], {"due_at": None}),
    "type": ({"resolution_min": 60}, [CREATED, event("11:00", "eclipse")], {"due_at": None}),
    "field": ({"resolution_min": 60}, [CREATED | {"mood": "good"}], {"due_at": None}),
    "expectation": ({"resolution_min": 60}, [CREATED], {"mood": "good"}),
    "metric": ({"resolution_min": 60}, [CREATED], {"happiness_due_at": None}),
    "level": ({"levels": LEVELS}, [CREATED], {"due_at": None}),
    "opening": ({"resolution_min": 60}, [REPLY], {"due_at": None}),
}


@pytest.mark.parametrize("word", WRONG)
def test_what_is_not_understood_is_said_and_fails(word: str) -> None:
    verdict = judged(*WRONG[word])
    assert (verdict.outcome, verdict.fails) == ("cannot be asked", True)
    assert verdict.reason


def test_a_case_out_of_shape_fails_alone(tmp_path: Path) -> None:
    good = timeline({"resolution_min": 60}, [CREATED], {"due_at": at("11:00")})
    beyond = good | {"expected": {"checks": [{"after": 7, "due_at": None}]}, "class": "peer_specific"}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [{"id": "empty"}, beyond, good]}))
    assert [(verdict.outcome, verdict.fails) for verdict in runner.judged(file)] == [
        ("cannot be asked", True),
        ("cannot be asked", True),
        ("agree", False),
    ]


def test_a_wrong_answer_is_shown_with_the_right_one() -> None:
    verdict = judged({"resolution_min": 60}, [CREATED], checks({"due_at": at("12:00")}))
    assert verdict.fails
    assert f"after 0: due_at expected {at('12:00')}, ours {at('11:00')}" in verdict.reason
    assert not judged({"resolution_min": 60}, [CREATED], {"due_at": None}, **{"class": "peer_specific"}).fails


ELSE: dict[str, Any] = {
    "due_at": at("10:59"),
    "starts_at": at("10:01"),
    "status": "Fulfilled",
    "sla_status": "hit",
    "breaches": {"resolution": 1},
    "breaches_total": 1,
    "notifications": 1,
    "first_responded_at": at("10:31"),
    "resolved_at": at("10:31"),
    "on_hold_since": at("10:31"),
    "paused_seconds": 1,
    "paused_business_seconds": 1,
    "first_response_in_min": 31,
    "first_response_diff_min": 31,
    "first_response_business_seconds": 1801,
    "resolution_overrun_business_seconds": 1,
    "resolution_breached": True,
    "resolution_wallclock_seconds": 1801,
    "avg_response_wallclock_seconds": 1801,
}


@pytest.mark.parametrize("name", ELSE)
def test_every_expectation_can_fail(name: str) -> None:
    case = ({"first_response_min": 60, "resolution_min": 60}, [CREATED, REPLY], {name: ELSE[name]})
    assert judged(*case).outcome == "differ"


def test_no_case_is_known_by_its_name() -> None:
    file = runner.DEFAULT / "sla_timelines.json"
    if not file.exists():
        pytest.skip(f"../shared/vectors/{file.name} is not here")
    cases = [case for case in json.loads(file.read_text("utf-8"))["cases"] if case["kind"] == "sla_timeline"]
    named = [timelines.judge(case).outcome for case in cases]
    nameless = [case | {"id": "x", "source": {"repo": "y"}, "notes": ""} for case in cases]
    assert [timelines.judge(case).outcome for case in nameless] == named
