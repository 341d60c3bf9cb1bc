"""What a policy file says, and everything that is wrong with one at once."""

import pytest

from shared.contracts.instant import HOUR, MINUTE, parse
from shared.contracts.topics import FACTS
from shared.policy.book import PolicyBook, UnknownPolicy
from shared.policy.clocks import STARTS, STOPS
from shared.policy.directory import Customer, Directory
from shared.policy.policy import Policy, read_policy
from shared.policy.reading import PolicyProblems
from shared.policy.vocabulary import STATED

WHOLE = """
policy: gold
effective: 2026-01-01
title: Gold support
zone: Europe/Copenhagen
severities: {P1: Down, P2: Hampered}
default_severity: P2
kinds: [question, problem]
attributes: {edition: [team, enterprise], rack: }
calendars:
  always: 24x7
  office:
    zone: Europe/Copenhagen
    hours: {mon-thu: [08:00-12:00, 13:00-16:00], fri: 08:00-14:00}
    holidays: [2026-12-24, "*-12-25", {2026-12-31: 12:00-24:00}, {2026-12-28: Stocktaking}]
    shifts: {2026-12-26: 10:00-11:00}
coverage:
  - {when: {severity: P1, edition: {not: team}}, calendar: always}
  - {calendar: office}
statuses: {open: Fresh, waiting: We wait}
clocks:
  first:
    starts: case.opened
    stops: [support.replied, {fact: case.status_changed, when: {status: waiting}}]
    targets:
      - {when: {severity: P1}, within: 30 min, warn: [50 %, 10 min before]}
      - {when: {kind: question}, within: no promise}
      - {within: 1 business day, reading: end of day}
    warn: 75 %
  resolution:
    {starts: case.opened, stops: case.resolved, targets: {P1: 4 h, P2: 8 h}, pauses: {status: waiting}}
"""


def policy(text: str = WHOLE) -> Policy:
    return read_policy(text, "gold.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyProblems) as found:
        read_policy(text, "gold.yaml")
    return [str(problem) for problem in found.value.problems]


def test_the_first_rule_that_matches_wins_and_can_be_named() -> None:
    gold = policy()
    first = gold.clocks["first"]
    urgent = gold.terms(first, {"severity": "P1", "edition": "enterprise"})
    assert urgent is not None
    assert (urgent.target.words, urgent.calendar_name) == ("30 min", "always")
    assert urgent.promise.line == WHOLE[: WHOLE.index("- {when: {severity: P1}, within")].count("\n") + 1
    assert str(urgent.promise.when) == "severity is P1"
    assert urgent.coverage is not None
    assert str(urgent.coverage.when) == "severity is P1 and edition is not team"
    ordinary = gold.terms(first, {"severity": "P2"})
    assert ordinary is not None
    assert (ordinary.target.words, ordinary.calendar_name) == ("1 business day", "office")
    assert [str(rule.when) for rule in first.promises.tried({"severity": "P2"})] == [
        "severity is P1",
        "kind is question",
    ]


def test_no_promise_is_no_terms() -> None:
    gold = policy()
    assert gold.terms(gold.clocks["first"], {"severity": "P2", "kind": "question"}) is None


def test_a_condition_asks_for_values_lists_and_their_absence() -> None:
    gold = policy()
    team = gold.terms(gold.clocks["first"], {"severity": "P1", "edition": "team"})
    unstated = gold.terms(gold.clocks["first"], {"severity": "P1"})
    assert team is not None
    assert unstated is not None
    assert (team.calendar_name, unstated.calendar_name) == ("office", "always")


def test_calendars_have_holidays_whole_and_in_part_and_shifts() -> None:
    office = policy().calendars["office"]
    opens = [
        "2026-12-23T09:00:00Z",
        "2026-12-26T09:30:00Z",  # a Saturday shift
        "2026-12-31T10:00:00Z",
    ]
    closed = [
        "2026-12-23T11:30:00Z",  # lunch
        "2026-12-24T09:00:00Z",
        "2026-12-25T09:00:00Z",
        "2026-12-28T09:00:00Z",
        "2026-12-31T12:00:00Z",
    ]
    assert all(office.is_open(parse(at)) for at in opens)
    assert not any(office.is_open(parse(at)) for at in closed)


def test_warning_points_are_shares_and_offsets_of_the_budget() -> None:
    warn = policy().clocks["first"].promises.rules[0].then.warn
    assert warn is not None
    assert [point.amount(30 * MINUTE) for point in warn] == [15 * MINUTE, 20 * MINUTE]
    assert [point.amount(5 * MINUTE) for point in warn][1] == 0
    assert policy().clocks["first"].points() == {"50 %", "10 min before", "75 %"}


def test_a_business_day_is_the_open_time_that_it_holds() -> None:
    gold = policy()
    terms = gold.terms(gold.clocks["first"], {"severity": "P2"})
    assert terms is not None
    thursday = parse("2026-11-19T14:00:00Z")  # 15:00 in Copenhagen
    assert terms.target.budget(terms.calendar, thursday) == HOUR + 6 * HOUR  # to the end of Friday


def test_a_version_is_in_force_from_its_date_in_its_own_zone_and_pinned_by_name() -> None:
    old, new = policy(), policy(WHOLE.replace("effective: 2026-01-01", "effective: 2026-07-01"))
    book = PolicyBook.of([new, old], Directory(customers={"acme": Customer("acme", "Acme", "gold")}))
    assert book.in_force("gold", parse("2026-06-30T21:59:59Z")) is old
    assert book.in_force("gold", parse("2026-06-30T22:00:00Z")) is new
    assert book.in_force("gold", parse("2020-01-01T00:00:00Z")) is old
    assert book.for_customer("acme", parse("2026-08-01T00:00:00Z")) is new
    assert book.pinned("gold@2026-01-01") is old
    assert book.versions() == (old, new)
    with pytest.raises(UnknownPolicy, match="did you mean"):
        book.pinned("gold@2027-01-01")
    with pytest.raises(UnknownPolicy, match="did you mean"):
        book.for_customer("acne", 0)
    with pytest.raises(ValueError, match="two files"):
        PolicyBook.of([old, policy()])


def test_every_mistake_is_reported_at_once_with_its_place_and_a_hint() -> None:
    broken = """policy: gold
efective: 2026-01-01
severities: {P1: Down, P1: Hampered}
default_severity: P9
calendars: {office: {zone: Europe/Kobenhavn, hours: {mon: 8-16}}, always: 24x8}
coverage: [{when: {sevrity: P1}, calendar: ofice}]
statuses: [open]
clocks:
  first: {starts: case.open, stops: support.replied, within: 3 parsecs, warn: 75}
  second: {every: 4 h, counts: update.sent, automatic: 100 %, on_change: retroactiv}
  third: {starts: case.opened}
"""
    found = problems(broken)
    assert [line.split(": ", 1)[0].removeprefix("gold.yaml:") for line in found] == [
        "1:1", "2:1", "3:24", "4:19", "5:28", "5:59", "5:75", "6:20", "6:44",
        "9:19", "9:62", "9:79", "10:56", "10:74", "11:3", "11:3",
    ]  # fmt: skip
    for said, line in (
        ("'effective' is missing", 0),
        ("unknown name 'efective' (did you mean effective?)", 1),
        ("'P1' stands here twice (keep one of them)", 2),
        ("unknown severity 'P9' (allowed: P1)", 3),
        ("time zone 'Europe/Kobenhavn' is not known", 4),
        ("'8' is not a time of day", 5),
        ("unknown calendar '24x8' (did you mean 24x7?)", 6),
        ("unknown attribute 'sevrity' (did you mean severity?", 7),
        ("unknown calendar 'ofice' (did you mean office?)", 8),
        ("unknown fact 'case.open' (did you mean case.opened?)", 9),
        ("'3 parsecs' is not a span of time", 10),
        ("'75' is no point of a clock (write 75 %, 30 min before or 1 h after)", 11),
        ("an update asked for when it is due comes too late (write 90 %)", 12),
        ("unknown way to change 'retroactiv' (did you mean retroactive?)", 13),
        ("the clock 'third' has 0 promises", 14),
        ("the clock 'third' is ended by nothing", 15),
    ):
        assert said in found[line]


def test_no_case_is_left_without_a_calendar() -> None:
    [problem] = problems(WHOLE.replace("  - {calendar: office}\n", ""))
    assert "no calendar for severity P1, P2 (end with a rule without when:)" in problem


def test_a_rule_behind_one_that_always_holds_is_never_reached() -> None:
    swapped = WHOLE.replace("  - {calendar: office}\n", "  - {calendar: office}\n  - {calendar: always}\n")
    assert "is never reached: one above it holds for every case" in problems(swapped)[0]


def test_a_severity_without_a_word_about_it_is_a_mistake() -> None:
    [problem] = problems(WHOLE.replace("P1: 4 h, P2: 8 h", "P1: 4 h"))
    assert "nothing is said of severity P2 (say no promise where none is meant)" in problem


def test_public_holidays_are_known_by_name() -> None:
    danish = policy(WHOLE.replace("holidays: [2026", "holidays: [DK-bank, 2026")).calendars["office"]
    assert not danish.is_open(parse("2026-05-15T09:00:00Z"))  # the Friday after Ascension
    assert "did you mean DK-bank" in problems(WHOLE.replace("holidays: [2026", "holidays: [DK-bnk, 2026"))[0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "gold.yaml:1:1: the file is empty"),
        ("a: [1", "gold.yaml:1:6: not YAML"),
        ("a: &x 1\nb: *x", "gold.yaml:1:4: anchors and aliases are not read"),
        ("[" * 30, "nested deeper than 20 levels"),
        ("- 1", "gold.yaml:1:1: names with values are wanted here, not a list"),
        ("a: 1\n---\nb: 2", "not YAML: but found another document"),
        ("x" * 2_000_000, "the file has 2000000 characters (at most 1048576)"),
        ("a: \x00", "not YAML"),
    ],
)
def test_what_is_no_policy_at_all_is_said_plainly(text: str, wrong: str) -> None:
    assert wrong in "\n".join(problems(text))


@pytest.mark.parametrize("point", ["0 %", "4 h before", "5 h before"])
def test_an_update_that_asks_for_the_next_one_at_once_is_refused(point: str) -> None:
    endless = f"  update: {{every: 4 h, counts: update.sent, automatic: {point}}}\n"
    [problem] = problems(WHOLE + endless)
    assert "an update asked for at once would never end" in problem


def test_the_words_of_the_language_are_those_of_the_facts() -> None:
    assert set(STARTS) | set(STOPS) <= set(FACTS)
    members = set(FACTS["case.opened"].model_fields) - {"title"}
    assert set(STATED) == members


def test_a_calendar_without_any_hours_is_a_mistake_not_a_missing_calendar() -> None:
    hours = "hours: {mon-thu: [08:00-12:00, 13:00-16:00], fri: 08:00-14:00}"
    assert problems(WHOLE.replace(hours, "hours: {}")) == [
        "gold.yaml:14:12: this calendar is never open (write {mon-fri: 09:00-17:00})"
    ]
