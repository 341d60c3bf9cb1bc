"""A log, however it is written, as facts of a tenant; and the policies under which it is read."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from cli.errors import fail
from cli.events import BadLog, Event, read_lines
from cli.imports.command import import_file
from shared.contracts.case import CASE_FACTS
from shared.contracts.envelope import Fact, key_of
from shared.contracts.topics import CASES
from shared.policy.book import PolicyBook, UnknownPolicy
from shared.policy.directory import Customer
from shared.policy.policy import read_policy
from shared.policy.reading import PolicyProblems
from shared.policyfiles import load_policies

_FACTS = {said.type: said for said in CASE_FACTS}


def read_log(path: Path, mapping: Path | None = None) -> list[Event]:
    """The events of a log in time order: JSON lines as they are, a CSV by its mapping.

    Ends the command with one line when the log cannot be read. Rows that make no sense are left out here;
    `tocsin import` tells which.
    """
    if path.suffix == ".csv":
        return import_file(path, mapping).events
    try:
        with path.open(encoding="utf-8") as lines:
            return read_lines(lines, str(path))
    except OSError as wrong:
        fail(f"{path}: {wrong.strerror}")
    except (BadLog, UnicodeDecodeError) as wrong:
        fail(str(wrong))


def facts_of(events: Iterable[Event], tenant: str) -> list[Fact]:
    """The facts that intake would say of these events, numbered for each case in their order."""
    numbers: dict[str, int] = {}
    facts = []
    for event in events:
        key = key_of(tenant, event.subject)
        numbers[key] = numbers.get(key, 0) + 1
        said = _FACTS.get(event.type)
        if said is None:
            fail(f"{event.id}: {event.type!r} is none of {', '.join(_FACTS)}")
        try:
            data = said.model_validate(event.data)
        except ValidationError as wrong:
            mistake = wrong.errors()[0]
            fail(f"{event.id}: {event.type}: {'.'.join(map(str, mistake['loc']))}: {mistake['msg']}")
        facts.append(Fact(key, event.time, data, event.source, event.id, topic=CASES, sequence=numbers[key]))
    return facts


def book_for(events: Iterable[Event], folder: Path, policy: str | None) -> PolicyBook:
    """The policies of a directory, with every customer of the log under `policy` where one is named.

    It may be named as `name`, whose versions then take turns by their dates, as the one version `name@date`,
    or as a file.
    """
    try:
        book = load_policies(folder)
        if policy is None:
            return book
        if policy.endswith((".yaml", ".yml")):
            file = Path(policy)
            only = [read_policy(file.read_text(encoding="utf-8"), policy)]
        else:
            only = [book.pinned(policy)] if "@" in policy else []
            book.in_force(policy.partition("@")[0], 0)
    except PolicyProblems as problems:
        fail(str(problems))
    except (UnknownPolicy, UnicodeDecodeError) as wrong:
        fail(str(wrong))
    except OSError as wrong:
        fail(f"{policy}: {wrong.strerror}")
    if only:
        book = PolicyBook.of(only, book.directory)
    name = only[0].name if only else policy
    named = {event.data["customer"] for event in events if "customer" in event.data}
    customers = dict(book.directory.customers)
    for customer in named:
        agreed = customers.get(customer, Customer(customer, customer, name))
        customers[customer] = replace(agreed, policy=name)
    return replace(book, directory=replace(book.directory, customers=customers))
