"""What the language of scenarios can say, and what it says of mistakes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.scenarios.stage import stage
from cli.scenarios.verdict import Row, Verdict, lived
from shared.policy.reading import PolicyProblems

POLICY = """
policy: small
effective: 2026-01-01
zone: Europe/Copenhagen
severities: {P1: , P2: }
calendars: {office: {zone: Europe/Copenhagen, hours: {mon-fri: 09:00-17:00}}}
coverage: [{calendar: office}]
statuses: {open: , waiting: }
clocks:
  response: {starts: case.opened, stops: support.replied, targets: {P1: 30 min, P2: 4 h}}
"""
DIRECTORY = "people: {asta: {name: Asta, channels: [console]}}\ncustomers: {acme: {policy: small}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(POLICY)
    (tmp_path / "directory.yaml").write_text(DIRECTORY)
    return tmp_path


def played(folder: Path, text: str, header: str = "policy: small\nscenario: a story\n") -> Verdict:
    file = folder / "story.txt"
    file.write_text(header + text)
    (staged,) = stage(file)
    return lived(staged.play, staged.book())


def differences(verdict: Verdict) -> list[tuple[str, str]]:
    return [(row.expected, row.happened) for row in verdict.rows if not row.agrees]


def mistakes(folder: Path, text: str, header: str = "policy: small\nscenario: a story\n") -> list[str]:
    with pytest.raises(PolicyProblems) as wrong:
        played(folder, text, header)
    return [str(problem).partition("story.txt:")[2] for problem in wrong.value.problems]


def test_silence_is_asserted(folder: Path) -> None:
    verdict = played(folder, "Fri 2026-03-06 16:45 case opened severity=P1\nMon 09:20 nothing")
    assert differences(verdict) == [
        ("–", "started response due Mon 09:15"),
        ("–", "breached response due Mon 09:15"),
    ]


def test_what_is_expected_and_does_not_come_stands_beside_what_came(folder: Path) -> None:
    verdict = played(
        folder,
        """
        Fri 2026-03-06 16:45  case opened severity=P1; started response due Mon 09:10
        Mon 09:00             support replied; met response late
        """,
    )
    assert differences(verdict) == [
        ("started response due Mon 09:10", "started response due Mon 09:15"),
        ("met response late", 'met response in time, 15 min used, by="support.replied"'),
    ]


def test_the_same_words_at_another_time_are_not_the_same(folder: Path) -> None:
    verdict = played(
        folder,
        """
        Fri 2026-03-06 16:45  case opened severity=P1; started response
        Mon 09:14             breached response
        Mon 09:20             nothing
        """,
    )
    assert differences(verdict) == [("breached response", "Mon 09:15  breached response due Mon 09:15")]


def test_nothing_beyond_the_last_line_is_lived(folder: Path) -> None:
    assert played(folder, "Fri 2026-03-06 16:45 case opened severity=P1; started response").kept


def test_each_phrase_takes_one_fact_only(folder: Path) -> None:
    verdict = played(
        folder, "Fri 2026-03-06 16:45 case opened severity=P1; started response; started response"
    )
    assert differences(verdict) == [("started response", "–")]


def test_a_weekday_is_the_next_one_and_the_same_weekday_is_today(folder: Path) -> None:
    verdict = played(
        folder,
        """
        Fri 2026-03-06 10:00  case opened severity=P1; started response due 10:30
        Fri 10:20             support replied; met response
        Thu 12:00             nothing
        Fri 2026-03-20 09:00  nothing
        """,
    )
    assert verdict.kept
    assert [row.at - verdict.rows[0].at for row in verdict.rows if row.happened == "nothing"] == [
        (6 * 24 + 2) * 3600 * 1_000_000,
        (14 * 24 - 1) * 3600 * 1_000_000,
    ]


def test_a_late_fact_counts_at_its_time_and_is_told_when_it_arrives(folder: Path) -> None:
    verdict = played(
        folder,
        """
        Fri 2026-03-06 16:45  case opened severity=P1; started response due Mon 09:15
        Mon 09:15             breached response
        Fri 2026-03-06 16:50  support replied, arrives Mon 11:00
                              met response in time, said Mon 11:00
        Mon 11:00             retracted breached response of Mon 09:15
        """,
    )
    assert verdict.kept, differences(verdict)


def test_an_acknowledgement_of_nothing_is_a_difference(folder: Path) -> None:
    verdict = played(
        folder, "Fri 2026-03-06 16:45 case opened; started response\nFri 16:50 acknowledged by asta"
    )
    assert differences(verdict) == [("acknowledged by asta", "nobody has asked asta by then")]


def test_a_running_clock_has_a_due(folder: Path) -> None:
    verdict = played(
        folder,
        "Fri 2026-03-06 16:45 case opened severity=P1; started response, no due\n"
        "Fri 16:50 response is running, no due",
    )
    assert differences(verdict) == [
        ("started response, no due", "started response due Mon 09:15"),
        ("response is running, no due", "response is running, due Mon 09:15, 25 min left, 5 min used"),
    ]


def test_to_notify_somebody_is_not_to_page_them(folder: Path) -> None:
    (folder / "small.yaml").write_text(
        POLICY + "ladders: [{clocks: response, steps: [{at: breach, notify: asta}]}]\n"
    )
    verdict = played(
        folder,
        """
        about: ladders
        Fri 2026-03-06 16:45  case opened severity=P1
        Mon 09:15             page asta; ladder ended response
        """,
    )
    assert differences(verdict) == [("page asta", "notify asta, named in the ladder")]


def test_only_the_subjects_named_must_be_said_in_full(folder: Path) -> None:
    about = "policy: small\nscenario: a story\nabout: refusals\n"
    opened = "Fri 2026-03-06 16:45 case opened severity=P1\n"
    assert played(folder, opened, about).kept
    again = played(folder, opened + "Fri 16:50 case opened", about)
    assert differences(again) == [
        ("–", "refused case.opened, because the case is opened already"),
    ]


def test_a_case_keeps_the_version_that_it_was_opened_under(folder: Path) -> None:
    later = POLICY.replace("2026-01-01", "2026-03-09").replace("30 min", "1 h")
    (folder / "later.yaml").write_text(later)
    before = played(
        folder,
        """
        Fri 2026-03-06 16:45  case opened severity=P1; started response due Mon 09:15
        Mon 09:05             case changed severity=P2; recomputed response due Mon 12:45
        Mon 09:06             case changed severity=P1; recomputed response due Mon 09:15
                              response is running, 9 min left, policy=small@2026-01-01
        """,
    )
    assert before.kept, differences(before)
    after = played(folder, "Mon 2026-03-09 09:00 case opened severity=P1; started response due 10:00")
    assert after.kept, differences(after)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Mon 09:00 case opened", "3:1: the first line of a scenario names its date"),
        ("Mon 2026-13-02 09:00 nothing", "3:1: 2026-13-02 is no date: month must be in 1..12"),
        ("Mon 2026-03-02 09:71 nothing", "3:1: there is no 09:71 on a clock"),
        ("Mon 2026-03-02 09:00 case opened serverity=P1", "3:34: case.opened has no 'serverity'"),
        ("Mon 2026-03-02 09:00 met respons", "3:26: no clock is named (did you mean response?)"),
        ("Mon 2026-03-02 09:00 response is", "3:22: 'response is' asks nothing"),
        ("Mon 2026-03-02 09:00 paused response 3 parsecs left", "3:38: '3 parsecs'"),
        ("customers: acme", "3:1: unknown header 'customers' (did you mean customer?)"),
        ("customer: acne", "3:11: the directory has no customer 'acne' (did you mean acme?)"),
        ("keeps: FD 1", "3:8: 'FD 1' is no obligation's id (write keeps: FD-1, FD-2)"),
        ("about: responses", "3:8: unknown subject 'responses' (did you mean response?)"),
        ("zone: Europe/Kopenhagen", "3:7: time zone 'Europe/Kopenhagen' is not known"),
        ("with: Premium", "3:7: 'Premium' states nothing (write with: package=Premium)"),
        ("also: other.yaml", "3:7: there is no file"),
        ("policy: smal", "3:9:"),
        ("hello", "3:1: a line begins with its time: 'hello'"),
    ],
)
def test_a_mistake_is_told_with_its_place(folder: Path, line: str, said: str) -> None:
    lines = "" if line[:3] == "Mon" else "\nMon 2026-03-02 09:00 case opened"
    found = mistakes(folder, line + lines)
    assert any(each.startswith(said) for each in found), found


def test_the_command_says_how_many_hold_and_ends_with_1_where_one_does_not(folder: Path) -> None:
    file = folder / "story.txt"
    file.write_text(
        "policy: small\nscenario: it holds\nFri 2026-03-06 16:45 case opened severity=P1; started response\n"
        "scenario: it does not\nFri 2026-03-06 16:45 case opened severity=P1; started response due 17:00\n"
    )
    ran = CliRunner().invoke(app, ["policy", "test", str(file)])
    assert ran.exit_code == 1
    assert "started response due 17:00" in ran.output
    assert "≠ started response due Mon 09:15" in ran.output
    assert ran.output.endswith("1 of 2 scenarios hold\n")
    told = json.loads(CliRunner().invoke(app, ["policy", "test", "--format", "json", str(file)]).output)
    assert [each["holds"] for each in told] == [True, False]
    assert told[1]["differences"] == [
        {
            "line": 5,
            "expected": "started response due 17:00",
            "happened": "started response due Mon 09:15",
        }
    ]


def test_a_mistake_in_a_file_ends_the_command_with_2(folder: Path) -> None:
    file = folder / "story.txt"
    file.write_text("policy: small\nscenario: it is wrong\nFri 2026-03-06 16:45 case openend\n")
    ran = CliRunner().invoke(app, ["policy", "test", str(file)])
    assert ran.exit_code == 2
    assert (
        "story.txt:3:22: 'case openend' says nothing that is known here (did you mean case opened?)"
        in ran.output
    )


def test_rows_know_their_place_in_the_file(folder: Path) -> None:
    rows: tuple[Row, ...] = played(folder, "Fri 2026-03-06 16:45 case opened; started response").rows
    assert [(row.place.line, row.place.column) for row in rows if row.place] == [(3, 22), (3, 35)]
