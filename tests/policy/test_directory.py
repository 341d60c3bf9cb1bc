"""Who is there when: shifts that follow the sun, turns, leave, holidays, and the gaps between them (FD-7)."""

import pytest

from shared.contracts.instant import DAY, parse, render
from shared.policy.directory import Directory
from shared.policy.directory_reading import read_directory
from shared.policy.reading import PolicyProblems
from shared.policy.roster import Channel

TEXT = """\
people:
  ravi: {name: Ravi, zone: Asia/Kolkata, channels: [email:ravi@example.com, console]}
  anu: {name: Anu, zone: Asia/Kolkata, channels: [console], away: [{2026-06-09 to 2026-06-10: on leave}]}
  isha: {name: Isha, zone: Asia/Kolkata, channels: [console]}
  amy: {name: Amy, zone: America/Chicago, channels: ["webhook:https://hooks.example.com/a", pagerduty:ops]}
  nils: {name: Nils, zone: Europe/Copenhagen, channels: [console], hours: {mon-thu: 09:00-17:00}}
  mona: {name: Mona, zone: Europe/Copenhagen, channels: [console], away: [2026-06-03]}
teams:
  line:
    title: First line
    manager: [nils, mona]
    shifts:
      - {name: IST Team 1, zone: Asia/Kolkata, hours: {mon-fri: 04:00-13:00}, people: [ravi, anu],
         turns: weekly from 2026-06-01, regions: APAC}
      - {name: IST Team 2, zone: Asia/Kolkata, hours: {mon-fri: 11:30-21:00}, people: isha, regions: EMEA}
      - {name: AMER, zone: America/Chicago, hours: {mon-fri: 07:00-19:00}, people: amy, regions: AMER,
         holidays: [2026-07-03]}
  night:
    shifts:
      - {name: night, zone: Europe/Copenhagen, hours: {sun-sat: 22:00-06:00}, people: [nils, mona],
         turns: daily from 2026-06-01}
senior_management: {people: [mona], zone: Europe/Copenhagen, hours: {mon-fri: 08:00-18:00}, always_for: P1}
customers:
  acme: {name: Acme, policy: p, package: Gold, attributes: {edition: cloud}, manager: nils, deputy: mona,
         contacts: [{name: Ada, email: ada@acme.example, zone: Europe/Paris, language: fr},
                    {name: Bob, email: bob@acme.example}]}
"""


@pytest.fixture(scope="module")
def directory() -> Directory:
    return read_directory(TEXT, "directory.yaml")


@pytest.mark.parametrize(
    ("at", "region", "first", "second"),
    [
        ("2026-06-01T08:00:00+05:30", None, "ravi", "anu"),
        ("2026-06-01T12:00:00+05:30", None, "ravi", "anu"),  # two shifts overlap: the order of the file
        ("2026-06-01T12:00:00+05:30", "EMEA", "isha", "ravi"),  # … or the one that is primary for the region
        ("2026-06-01T20:00:00+05:30", "APAC", "isha", "amy"),
        ("2026-06-01T18:00:00-05:00", None, "ravi", "anu"),  # 04:30 in India already
        ("2026-06-01T17:00:00-05:00", None, "amy", None),
        ("2026-06-08T08:00:00+05:30", None, "anu", "ravi"),  # the other's week
        ("2026-06-09T08:00:00+05:30", None, "ravi", None),  # … but on leave
        ("2026-06-07T12:00:00Z", None, None, None),  # Sunday
        ("2026-07-03T16:00:00Z", None, None, None),  # a holiday in America, night in India
        ("2026-12-01T13:30:00Z", "AMER", "amy", "isha"),  # winter: Chicago opens an hour later in UTC
        ("2026-06-01T12:30:00Z", "AMER", "amy", "isha"),
    ],
)
def test_the_sun_is_followed(
    directory: Directory, at: str, region: str | None, first: str | None, second: str | None
) -> None:
    duty = directory.on_call("line", parse(at), region)
    assert (duty.person and duty.person.id, duty.second and duty.second.id) == (first, second)


def test_it_says_why(directory: Directory) -> None:
    def why(at: str) -> str:
        return directory.on_call("line", parse(at)).why

    assert why("2026-06-01T08:00:00+05:30") == "Ravi is on call: First line, IST Team 1"
    assert why("2026-06-09T08:00:00+05:30").endswith("(Anu is on leave until 2026-06-10)")
    assert why("2026-06-07T12:00:00Z") == "no shift of First line is open"


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-06-01T23:00:00+02:00", "mona"),  # nils' turn, but outside his own hours
        ("2026-06-02T05:59:59+02:00", "mona"),
        ("2026-06-02T06:00:00+02:00", None),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(
    directory: Directory, at: str, person: str | None
) -> None:
    duty = directory.on_call("night", parse(at))
    assert (duty.person and duty.person.id) == person


def test_a_turn_does_not_change_in_the_middle_of_a_night() -> None:
    free = TEXT.replace(", hours: {mon-thu: 09:00-17:00}", "").replace(", away: [2026-06-03]", "")
    directory = read_directory(free, "directory.yaml")
    on_call = [
        directory.on_call("night", parse(f"2026-06-{day}T{hour}:30:00+02:00")).person
        for day, hour in (("01", "22"), ("02", "05"), ("02", "22"), ("03", "05"))
    ]
    assert [person and person.id for person in on_call] == ["nils", "nils", "mona", "mona"]


def test_the_dedicated_manager_the_deputy_or_nobody(directory: Directory) -> None:
    def dedicated(at: str) -> tuple[str | None, str]:
        person, why = directory.dedicated("acme", parse(at))
        return person.id if person is not None else None, why

    assert dedicated("2026-06-01T10:00:00+02:00") == ("nils", "Nils, dedicated to Acme")
    assert dedicated("2026-06-01T08:00:00+02:00")[0] == "mona"
    assert dedicated("2026-06-03T08:00:00+02:00") == (
        None,
        "nobody is there as dedicated to Acme; Nils is outside working hours; Mona is away until 2026-06-03",
    )


def test_senior_management_hears_in_its_hours_or_at_once(directory: Directory) -> None:
    above, night = directory.senior_management, parse("2026-06-05T20:00:00+02:00")
    assert above.hears_at(night, "P1") == night
    assert render(above.hears_at(night, "P2")) == "2026-06-08T06:00:00Z"


def test_the_hours_that_nobody_covers(directory: Directory) -> None:
    since = parse("2026-06-05T00:00:00Z")
    gaps = [f"{render(a)}/{render(b)}" for a, b in directory.uncovered(["line"], since, since + 4 * DAY)]
    assert gaps == ["2026-06-06T00:00:00Z/2026-06-07T22:30:00Z"]
    monday = parse("2026-07-03T00:00:00Z")
    gaps = [f"{render(a)}/{render(b)}" for a, b in directory.uncovered(["line"], monday, monday + DAY)]
    assert gaps == ["2026-07-03T15:30:00Z/2026-07-04T00:00:00Z"]


def test_leave_uncovers_what_a_shift_alone_would_cover() -> None:
    alone = TEXT.replace("people: [ravi, anu]", "people: [anu]")
    directory = read_directory(alone, "directory.yaml")
    day = parse("2026-06-08T18:00:00Z")
    gaps = [f"{render(a)}/{render(b)}" for a, b in directory.uncovered(["line"], day, day + DAY)]
    assert gaps == ["2026-06-09T00:00:00Z/2026-06-09T06:00:00Z"]


def test_customers_and_contacts(directory: Directory) -> None:
    acme = directory.customers["acme"]
    assert acme.attributes == {"package": "Gold", "edition": "cloud"}
    found = [acme.contact(named) for named in ("bob", "BOB@acme.example", "stranger", None)]
    assert [contact and contact.name for contact in found] == ["Bob", "Bob", "Ada", "Ada"]


def test_channels_in_the_order_in_which_they_are_tried(directory: Directory) -> None:
    assert directory.people["amy"].channels == (
        Channel("webhook", "https://hooks.example.com/a"),
        Channel("pagerduty", "ops"),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "at", "problem"),
    [
        ("[nils, mona]", "nls", "nls", "unknown person 'nls' (did you mean nils?)"),
        ("email:ravi@", "mail:ravi@", "mail:", "unknown channel 'mail' (did you mean email?)"),
        ("[console], hours", "[email], hours", "email], h", "email of nobody (write email:address)"),
        (
            "[console], hours",
            "[pagerduty], hours",
            "pagerduty], h",
            "pagerduty of nobody (write pagerduty:name",
        ),
        ("weekly from 2026-06-01", "now and then", "now", "these are no turns"),
        ("[2026-06-03]", "[2026-06-31]", "2026-06-31", "these are no dates"),
        ("Europe/Paris", "Europe/Pari", "Europe/Pari", "time zone 'Europe/Pari' is not known"),
        ("manager: nils, deputy: mona", "deputy: mona", "mona,\n         con", "a deputy of nobody"),
        ("policy: p", "polcy: p", "polcy", "unknown name 'polcy' (did you mean policy?)"),
    ],
)
def test_mistakes(right: str, wrong: str, at: str, problem: str) -> None:
    assert right in TEXT
    text = TEXT.replace(right, wrong, 1)
    before = text[: text.index(at)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    with pytest.raises(PolicyProblems) as found:
        read_directory(text, "directory.yaml")
    assert f"directory.yaml:{line}:{column}: {problem}" in str(found.value)
