"""The policy that a timeline's own fields describe, in the product's policy language.

A level is a `package`. What a policy has to choose is chosen by what the case says, and by nothing else:
`next_response` waits for the first response; `response` and `update` begin with the case when the customer
opened it, and run from the oldest unanswered message; `periodic_update` runs from each answer of support's
until the next, or until the customer writes; the other clocks run from the opening.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from shared.policy.book import PolicyBook
from shared.policy.directory import Customer, Directory
from shared.policy.policy import read_policy
from tests.conformance.agreement import Agreement, reads_midnight
from tests.conformance.reading import Case
from tests.conformance.statuses import answering, pausing, statuses

CUSTOMER = "customer"
NOBODY_SAID = "nobody said"
RESPONSES = "responses"
"""The clock that measures every answer to the customer, whatever is promised."""

_ALWAYS = "round the clock"
_UNPROMISED = [{"within": "36500 d", "calendar": _ALWAYS}]


def book(case: Case, agreed: Agreement) -> PolicyBook:
    """A book with the one policy, and the customer who has it."""
    written: dict[str, Any] = {
        "policy": "case",
        "effective": "1900-01-01",
        "severities": ["any"],
        "attributes": {"opened_by": ""},
        "calendars": dict.fromkeys([_ALWAYS, *agreed.levels], "24x7"),
        "coverage": [
            *({"when": {"package": name}, "calendar": name} for name in agreed.levels),
            {"calendar": agreed.opened_under},
        ],
        "statuses": statuses(case),
        "clocks": dict(_clocks(case, agreed)),
    }
    policy = read_policy(json.dumps(written), "case")
    # The calendars are read as those of the other questions are; in the text they are only named.
    hours = {name: level.calendar for name, level in agreed.levels.items()}
    policy = replace(policy, calendars={**policy.calendars, **hours})
    customer = Customer(CUSTOMER, CUSTOMER, policy.name)
    return PolicyBook.of([policy], Directory(customers={CUSTOMER: customer}))


def _clocks(case: Case, agreed: Agreement) -> Iterator[tuple[str, dict[str, Any]]]:
    answered = ["support.replied", *_when("case.status_changed", status=answering(case))]
    opened_by = {"update": [CUSTOMER], "response": [CUSTOMER, NOBODY_SAID]}
    for clock in agreed.promised:
        terms: dict[str, Any] = {"starts": "case.opened", "stops": answered}
        match clock:
            case "resolution":
                terms["stops"] = ["case.resolved", "case.closed"]
            case "next_response":
                terms |= {"starts": "customer.replied", "repeats": True, "after": "first_response"}
            case "response" | "update":
                starts = [*_when("case.opened", opened_by=opened_by[clock]), "customer.replied"]
                terms |= {"starts": starts, "repeats": True}
            case "periodic_update":
                told = ["support.replied", "support.updated"]
                terms |= {"starts": told, "stops": [*told, "customer.replied"], "repeats": True}
            case _:
                pass
        terms["targets"] = [*_promises(agreed, clock), {"within": "no promise"}]
        terms["pauses"] = {"status": pausing(case, clock)}
        yield clock, terms
    # Nothing is promised on these: one is there for the next response to wait for, one to be measured.
    if "first_response" not in agreed.promised:
        yield "first_response", {"starts": "case.opened", "stops": answered, "targets": _UNPROMISED}
    asked = ["case.opened", "customer.replied"]
    yield RESPONSES, {"starts": asked, "stops": answered, "repeats": True, "targets": _UNPROMISED}


def _promises(agreed: Agreement, clock: str) -> Iterator[dict[str, Any]]:
    for name, level in agreed.levels.items():
        if clock in level.targets:
            yield {"when": {"package": name}, "within": level.targets[clock]}


def _when(fact: str, **attributes: Iterable[str]) -> list[dict[str, Any]]:
    """The fact as a trigger; none when there is nothing to ask for."""
    asked = {name: list(values) for name, values in attributes.items() if values}
    return [{"fact": fact, "when": asked}] if asked else []


def options(case: Case) -> Iterator[str]:
    """What was chosen for this case that is not everybody's choice, in words."""
    if answering(case):
        yield "with a status that answers the customer (stops: on case.status_changed)"
    if any(event.get("by", CUSTOMER) != CUSTOMER for event in case["events"]):
        yield "with a response that only the customer's own opening starts (starts: on opened_by)"
    if reads_midnight(case["calendar"]):
        yield "with 23:59 as the end of a day"
