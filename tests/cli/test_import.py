"""An export becomes a log of events: what each row tells, what is left out and why, a sum that adds up."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.events import Event, read_lines, write_lines
from cli.imports.command import MAPPINGS
from cli.imports.mapping import BadMapping, Mapping, read_mapping
from cli.imports.reading import Imported, read_log
from cli.imports.rows import BadTable
from cli.main import app
from shared.contracts.topics import FACTS
from tests.data.make_incidents import write as write_invented

DATA = Path(__file__).parents[1] / "data"
INVENTED = DATA / "incidents.csv"
REAL = Path(__file__).parents[3] / "shared" / "data" / "servicenow_incident_event_log.csv"

SMALL = """
source: desk
customer: acme
times: {format: "%d-%m-%Y %H:%M", zone: Europe/Copenhagen}
unknown: ["?"]
columns:
  {case: key, state: state, opened: opened, updated: updated, resolved: resolved, closed: closed, by: by,
   revision: n}
states:
  New: {status: new}
  Active: {status: active, answered: true}
  Waiting: {status: waiting, answered: true}
  Resolved: {ends: resolved, answered: true}
  Closed: {ends: closed}
attributes:
  severity: {column: priority, values: {1: high, 2: low}}
  assignee: {column: who}
machines: [robot]
customer_replied: [{from: Waiting, to: Active}]
"""
HEADER = "key,n,opened,updated,state,priority,who,by,resolved,closed"


@pytest.fixture(scope="session")
def servicenow() -> Mapping:
    return read_mapping((MAPPINGS / "servicenow.yaml").read_text(), "servicenow.yaml")


def small(*rows: str, mapping: str = SMALL, header: str = HEADER) -> Imported:
    text = "\n".join((header, *rows)) + "\n"
    return read_log(StringIO(text, newline=""), read_mapping(mapping, "small.yaml"))


def told(imported: Imported) -> list[str]:
    """The events in short: `line time type data`, UTC."""
    return [
        " ".join(
            [
                event.id.split("-")[1],
                str(event.as_json()["time"])[8:16],
                event.type,
                *map(str, event.data.values()),
            ]
        )
        for event in imported.events
    ]


def left_out(imported: Imported) -> dict[int, str]:
    return {finding.line: finding.why for finding in imported.left_out}


def adds_up(imported: Imported) -> bool:
    return imported.rows == imported.telling + imported.repeating + len(imported.left_out)


def test_a_case_from_its_rows() -> None:
    imported = small(
        "A,0,07-03-2016 09:00,07-03-2016 09:05,New,1,?,eve,09-03-2016 10:00,12-03-2016 10:00",
        "A,1,07-03-2016 09:00,07-03-2016 09:30,Active,2,Ada,ada,09-03-2016 10:00,12-03-2016 10:00",
        "A,2,07-03-2016 09:00,07-03-2016 09:40,Active,2,Ada,robot,09-03-2016 10:00,12-03-2016 10:00",
        "A,3,07-03-2016 09:00,07-03-2016 10:00,Waiting,2,?,ada,09-03-2016 10:00,12-03-2016 10:00",
        "A,4,07-03-2016 09:00,08-03-2016 10:00,Active,2,Ada,eve,09-03-2016 10:00,12-03-2016 10:00",
        "A,5,07-03-2016 09:00,09-03-2016 09:50,Resolved,2,Ada,ada,09-03-2016 10:00,12-03-2016 10:00",
        "A,6,07-03-2016 09:00,12-03-2016 10:00,Closed,2,Ada,robot,09-03-2016 10:00,12-03-2016 10:00",
    )
    assert told(imported) == [
        "2 07T08:00 case.opened acme high",
        "2 07T08:05 case.status_changed new",
        "3 07T08:30 case.changed low Ada",
        "3 07T08:30 case.status_changed active",
        "3 07T08:30 support.replied",
        "3 07T08:30 support.updated",
        # line 4: the machine says nothing to anybody
        "5 07T09:00 case.status_changed waiting",
        "5 07T09:00 support.updated",
        "6 08T09:00 case.status_changed active",
        "6 08T09:00 customer.replied",
        "7 09T09:00 case.resolved",  # when the export says that it was, not when the row was written
        "8 12T09:00 case.closed",
    ]
    assert (imported.rows, imported.telling, imported.repeating) == (7, 6, 1)


def test_reopened_the_first_resolution_is_where_its_row_is() -> None:
    imported = small(
        "A,0,07-03-2016 09:00,07-03-2016 09:00,Active,1,?,ada,09-03-2016 10:00,?",
        "A,1,07-03-2016 09:00,07-03-2016 10:00,Resolved,1,?,ada,09-03-2016 10:00,?",
        "A,2,07-03-2016 09:00,08-03-2016 09:00,Active,1,?,ada,09-03-2016 10:00,?",
        "A,3,07-03-2016 09:00,09-03-2016 10:00,Resolved,1,?,ada,09-03-2016 10:00,?",
    )
    assert [line for line in told(imported) if "case.re" in line] == [
        "3 07T09:00 case.resolved",
        "4 08T08:00 case.reopened",
        "5 09T09:00 case.resolved",
    ]


def test_solved_at_once_counts_as_answered() -> None:
    imported = small("A,0,07-03-2016 09:00,07-03-2016 09:00,Resolved,1,?,ada,?,?")
    assert [event.type for event in imported.events] == ["case.opened", "support.replied", "case.resolved"]


def test_the_hour_that_autumn_repeats_is_read_so_that_time_goes_on() -> None:
    # 30 October 2016: 02:00 to 03:00 twice.
    imported = small(
        "A,0,30-10-2016 01:50,30-10-2016 02:50,New,1,?,eve,?,?",
        "A,1,30-10-2016 01:50,30-10-2016 02:10,Active,1,?,ada,?,?",
        "A,2,30-10-2016 01:50,30-10-2016 03:00,Resolved,1,?,ada,?,?",
    )
    assert not imported.findings
    assert told(imported)[1::2] == [
        "2 30T00:50 case.status_changed new",
        "3 30T01:10 support.replied",
        "4 30T02:00 case.resolved",
    ]


def test_what_spring_skips_moves_forward_by_the_gap() -> None:
    imported = small("A,0,27-03-2016 01:59,27-03-2016 02:30,New,1,?,eve,?,?")
    assert told(imported) == ["2 27T00:59 case.opened acme high", "2 27T01:30 case.status_changed new"]


def test_what_an_unassigned_case_loses_is_not_said_and_not_said_again() -> None:
    imported = small(
        "A,0,07-03-2016 09:00,07-03-2016 09:00,New,1,Ada,eve,?,?",
        "A,1,07-03-2016 09:00,07-03-2016 09:10,New,1,?,eve,?,?",
        "A,2,07-03-2016 09:00,07-03-2016 09:20,New,1,Ada,eve,?,?",
    )
    assert "case.changed" not in {event.type for event in imported.events}
    assert (imported.telling, imported.repeating) == (1, 2)


@pytest.mark.parametrize(
    ("cell", "says", "why"),
    [
        ("key", "?", "key is unknown"),
        ("key", '"A\x07"', "no control characters"),
        ("key", "A" * 231, "up to 230 characters"),
        ("state", "Frozen", "state 'Frozen' is not in the mapping, which has New, Active"),
        ("priority", "9", "priority '9' is not in the mapping, which has 1, 2"),
        ("who", "w" * 257, "assignee: String should have at most 256 characters"),
        ("who", "\udcff", "bytes that are no UTF-8"),
        ("opened", "?", "opened is unknown"),
        ("updated", "2016-03-07 10:00", "updated '2016-03-07 10:00' is no time of the form %d-%m-%Y %H:%M"),
        ("updated", "30-02-2016 10:00", "updated '30-02-2016 10:00' is no time"),
        ("updated", "07-03-2016 08:00", "updated 07-03-2016 08:00 lies before opened 07-03-2016 09:00"),
        ("updated", "07-03-2016 09:10", "updated goes back behind line 2"),
        ("n", "0", "n 0 after 0 in line 2: not newer"),
        ("n", "x", "n 'x' is no count"),
        ("resolved", "07-03-2016 09:59", "Active at 07-03-2016 10:00, after resolved 07-03-2016 09:59"),
        ("resolved", "soon", "resolved 'soon' is no time"),
        ("closed", "?,?", "another number of cells"),
    ],
)
def test_nonsense_is_left_out_with_its_line_and_why(cell: str, says: str, why: str) -> None:
    good = ["A", "1", "07-03-2016 09:00", "07-03-2016 10:00", "Active", "1", "?", "ada", "?", "?"]
    row = dict(zip(HEADER.split(","), good, strict=True))
    first = "A,0,07-03-2016 09:00,07-03-2016 09:20,New,1,?,eve,?,?"
    assert not small(first, ",".join(row.values())).findings
    imported = small(first, ",".join((row | {cell: says}).values()))
    assert list(left_out(imported)) == [3]
    assert why in left_out(imported)[3]
    assert imported.cases == 1
    assert adds_up(imported)


def test_an_end_that_does_not_fit_its_rows_is_used_with_a_doubt() -> None:
    imported = small(
        "A,0,07-03-2016 09:00,07-03-2016 09:20,Resolved,1,?,ada,09-03-2016 09:00,08-03-2016 09:00",
        "A,1,07-03-2016 09:00,08-03-2016 09:00,Closed,1,?,ada,09-03-2016 09:00,08-03-2016 09:00",
    )
    assert [(finding.line, finding.used, finding.why) for finding in imported.findings] == [
        (2, True, "resolved at 09-03-2016 09:00 does not fit its rows: 07-03-2016 09:20 counts")
    ]
    assert told(imported)[-2:] == ["2 07T08:20 case.resolved", "3 08T08:00 case.closed"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file is empty"),
        ("id,state\n", "column 'by', 'closed', 'key', 'n'"),
        (HEADER + '\n"A"x,1\n', "line 2: no CSV"),
    ],
)
def test_a_file_that_is_not_that_table_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadTable, match=why):
        read_log(StringIO(text, newline=""), read_mapping(SMALL, "small.yaml"))


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("Europe/Copenhagen", "Europe/Kopenhagen", "times.zone: .*Europe/Kopenhagen"),
        ("%d-%m-%Y", "%d-%m", "times.format: .*does not say day, month and year"),
        ("status: new", "status: new, ends: closed", "states.New: .*either"),
        ("column: who", "colum: who", "attributes.assignee.colum: Extra inputs"),
        ("assignee:", "asignee:", "asignee: a case has severity"),
        ("from: Waiting", "from: Wating", "no state is called 'Wating'"),
        ("source: desk", "source: [", "no YAML"),
    ],
)
def test_a_mapping_is_checked(was: str, becomes: str, why: str) -> None:
    with pytest.raises(BadMapping, match=f"^small.yaml: .*{why}"):
        read_mapping(SMALL.replace(was, becomes), "small.yaml")


def test_the_invented_log(servicenow: Mapping) -> None:
    with INVENTED.open(encoding="utf-8", newline="") as file:
        imported = read_log(file, servicenow)
    assert (imported.rows, imported.telling, imported.repeating, len(imported.left_out)) == (268, 246, 3, 19)
    assert (imported.cases, len(imported.events)) == (49, 449)
    assert [finding.case for finding in imported.findings if finding.used] == ["INC0000033"]
    good = {finding.case for finding in imported.left_out if finding.case.startswith("INC-")}
    reasons = ("BEFORE", "STATE", "PRIORITY", "DATE", "BACK", "REVISION", "AFTER", "SOON")
    assert good == {f"INC-{reason}" for reason in reasons}
    assert good <= {event.subject for event in imported.events}, "a bad row does not cost its case"
    _is_a_log(imported)


def test_the_invented_log_is_what_its_maker_writes(tmp_path: Path) -> None:
    write_invented(tmp_path / "incidents.csv")
    assert (tmp_path / "incidents.csv").read_bytes() == INVENTED.read_bytes()


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")
def test_the_real_log(servicenow: Mapping) -> None:
    with REAL.open(encoding="utf-8", newline="") as file:
        imported = read_log(file, servicenow)
    assert (imported.rows, imported.telling, imported.repeating) == (5998, 5039, 953)
    assert list(left_out(imported)) == [330, 336, 346, 351, 359, 438]
    assert imported.cases == 890
    types = Counter(event.type for event in imported.events)
    assert (types["case.opened"], types["case.resolved"], types["case.reopened"]) == (890, 901, 11)
    _is_a_log(imported)


def _is_a_log(imported: Imported) -> None:
    """Unique ids, in time order, every fact by its contract, every case opened first."""
    assert adds_up(imported)
    assert len({event.id for event in imported.events}) == len(imported.events)
    assert [event.time for event in imported.events] == sorted(event.time for event in imported.events)
    firsts: dict[str, Event] = {}
    for event in imported.events:
        FACTS[event.type].model_validate(event.data)
        firsts.setdefault(event.subject, event)
    assert {event.type for event in firsts.values()} == {"case.opened"}
    assert read_lines(write_lines(imported.events), "log") == imported.events


def test_the_command_writes_lines_and_says_what_it_left_out(tmp_path: Path) -> None:
    output = tmp_path / "events.jsonl"
    result = CliRunner().invoke(app, ["import", "servicenow", str(INVENTED), "-o", str(output)])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (
        "incidents.csv:224: INC-STATE: left out: incident_state 'Frozen' is not in the mapping"
        in result.stderr
    )
    lines = output.read_text().splitlines()
    assert len(lines) == 449
    assert json.loads(lines[0])["specversion"] == "1.0"
    strict = CliRunner().invoke(app, ["import", "servicenow", str(INVENTED), "-o", str(output), "--strict"])
    assert strict.exit_code == 1


@pytest.mark.parametrize("args", [["/nowhere.csv"], [str(INVENTED), "--mapping", "/nowhere.yaml"]])
def test_the_command_says_in_one_line_what_it_cannot_do(args: list[str]) -> None:
    result = CliRunner().invoke(app, ["import", "servicenow", *args])
    assert result.exit_code == 2
    assert result.stderr.startswith("tocsin: /nowhere.")
    assert len(result.stderr.splitlines()) == 1
