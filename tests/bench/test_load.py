"""What the benches tell the system is a service desk's work, and is told the same way each time."""

import json
from collections import defaultdict
from itertools import islice

from bench.load import SEVERITIES, Desk, event, opening
from shared.contracts.case import CaseOpened

EVENTS = 5000
NOW = 1_790_000_000_000_000


def test_events_are_cloud_events_of_cases_that_are_opened_first() -> None:
    told: dict[str, list[str]] = defaultdict(list)
    ids = set()
    for text in Desk(1, 200).events(EVENTS):
        sent = json.loads(text)
        told[sent["subject"]].append(sent["type"])
        ids.add(sent["id"])
    assert len(ids) == EVENTS
    assert len(told) > 600
    assert {types[0] for types in told.values()} == {"case.opened"}
    assert "case.closed" in {types[-1] for types in told.values()}


def test_facts_are_numbered_without_gaps() -> None:
    numbers: dict[str, int] = defaultdict(int)
    for fact in Desk(1, 200).facts(EVENTS, NOW):
        numbers[fact.key] += 1
        assert fact.sequence == numbers[fact.key]
        assert isinstance(fact.data, CaseOpened) == (fact.sequence == 1)


def test_a_seed_tells_the_same() -> None:
    one, same, other = (list(islice(Desk(seed, 50).facts(500, NOW), 500)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_severities_have_their_shares_and_critical_openings_are_noted() -> None:
    desk = Desk(1, 100)
    sent = [json.loads(text) for text in desk.events(40_000)]
    opened = [one["data"]["severity"] for one in sent if one["type"] == "case.opened"]
    assert opened.count("critical") == len(desk.opened)
    assert 0.5 < 100 * len(desk.opened) / len(opened) < 2
    assert set(opened) == SEVERITIES.keys()


def test_single_events_read_like_those_of_a_desk() -> None:
    sent = json.loads(opening("S1", "low", NOW))
    assert sent["data"]["severity"] == "low"
    assert sent.keys() == json.loads(Desk(1, 1).events(1)[0]).keys()
    assert json.loads(event("S1", 2, "case.closed", {}, NOW))["id"] == "S1-2"
