"""What decided a turn: the services' processes, found by what their turns were made under."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.clock.wiring import clock_process
from services.escalation.wiring import escalation_process
from services.intake.wiring import NOTED
from services.notifier.wiring import notifier_process
from shared.contracts.topics import OWNERS
from shared.policy.book import PolicyBook
from shared.policyfiles import load_policies
from shared.stream.process import Process
from shared.stream.store import KitStore

AnyProcess = Process[Any]
SERVICES = ("intake", "clock", "escalation", "notifier")

_SPEED = re.compile(r", x (\d+)$")


class Deciders:
    """The shipped processes, under each of some books of policies."""

    def __init__(self, books: Iterable[PolicyBook]) -> None:
        self._books = list(books)
        self._known: dict[tuple[str, str], AnyProcess] = {}
        self._any: dict[str, AnyProcess] = {}
        self._stores: dict[str, KitStore[Any]] = {}
        self.add(NOTED)
        for book in self._books:
            self.add(clock_process(book))
            self.add(escalation_process(book))
            self.add(notifier_process(book.directory, lambda span: span))

    def add(self, process: AnyProcess) -> None:
        """One more that may have decided; the last of a service's tells what it hears and keeps."""
        self._known[process.name, process.under] = self._any[process.name] = process
        self._stores[process.name] = KitStore(process, 1)

    @classmethod
    def of(cls, folders: Iterable[Path]) -> "Deciders":
        """Raises PolicyProblems where a folder does not hold policies."""
        return cls(load_policies(folder) for folder in folders)

    def find(self, service: str, under: str) -> AnyProcess | None:
        """None: it was decided under other policies, or by another release."""
        if (service, under) not in self._known:
            self._add_notifiers(under)
        return self._known.get((service, under))

    def any_of(self, service: str) -> AnyProcess:
        """One of the service's, to know what it hears."""
        return self._any[service]

    def store(self, service: str) -> KitStore[Any]:
        """Reads and writes the service's states as it does itself."""
        return self._stores[service]

    def _add_notifiers(self, under: str) -> None:
        """The notifier's patience is physical: what it decides hangs on the speed of time as well."""
        found = _SPEED.search(under)
        if found is not None:
            speed = int(found[1])
            for book in self._books:
                self.add(notifier_process(book.directory, lambda span: span * speed))


def says_of(service: str) -> list[str]:
    """The topics that a service owns."""
    return [topic for topic, owner in OWNERS.items() if owner == service]
