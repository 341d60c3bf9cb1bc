"""The table of a policy says of every kind of case what the policy itself promises to it."""

from itertools import product
from pathlib import Path

import pytest

from cli.policy.kinds import OTHER, asked, rows
from cli.policy.show import promised
from cli.simulation.history import at_night, week_of, weeks_between
from shared.contracts.instant import parse
from shared.policy.directory_reading import read_directory
from shared.policy.policy import read_policy

ROOT = Path(__file__).parents[2]
POLICIES = sorted(file for file in (ROOT / "policies").glob("*.yaml") if file.name != "directory.yaml")


@pytest.mark.parametrize("file", POLICIES, ids=lambda file: file.stem)
def test_every_case_is_in_one_row_with_what_it_is_promised(file: Path) -> None:
    policy = read_policy(file.read_text(), str(file))
    values = asked([policy])
    table = rows(values, lambda stated: promised(policy, stated))
    for combination in product(*values.values()):
        case = dict(zip(values, combination, strict=True))
        stated = {name: value for name, value in case.items() if value != OTHER}
        [row] = [row for kind, row in table if all(case[name] in among for name, among in kind)]
        assert row == promised(policy, stated)


DIRECTORY = read_directory(
    "people: {amy: {name: Amy, zone: America/Chicago, channels: [console]}}\ncustomers: {}", "directory.yaml"
)


@pytest.mark.parametrize(
    ("at", "asleep"),
    [
        ("2026-03-02T21:59:59-06:00", False),
        ("2026-03-02T22:00:00-06:00", True),
        ("2026-03-03T06:59:59-06:00", True),
        ("2026-03-03T07:00:00-06:00", False),
        ("2026-07-03T06:59:59-05:00", True),
    ],
)
def test_a_night_is_where_the_person_lives(at: str, asleep: bool) -> None:  # noqa: FBT001 - a table
    assert at_night(DIRECTORY, "amy", parse(at)) is asleep


def test_weeks_begin_on_monday_and_quiet_ones_are_told() -> None:
    assert [week_of(parse(f"2026-03-0{day}T12:00:00Z")) for day in (1, 2, 8)] == [
        "2026-02-23",
        "2026-03-02",
        "2026-03-02",
    ]
    assert weeks_between("2026-02-23", "2026-03-09") == ["2026-02-23", "2026-03-02", "2026-03-09"]
