"""A scenario file with what it needs: its policies and the directory, read, and its scenarios understood."""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from cli.scenarios.document import Scenario, Text, read_document
from cli.scenarios.phrases import Meaning, Play
from cli.scenarios.verdict import LADDERS, REFUSALS, ROUTING
from shared.calendar.errors import CalendarError
from shared.calendar.zone import zone
from shared.policy.book import PolicyBook, UnknownPolicy
from shared.policy.directory import Customer, Directory
from shared.policy.directory_reading import read_directory
from shared.policy.policy import Policy, read_policy
from shared.policy.reading import PolicyProblems, Problem, nearest
from shared.policyfiles import DIRECTORY

CUSTOMER = "customer"
"""The customer of a scenario that names none: invented, with the attributes of `with:`."""

_NAME = re.compile(r"^policy:\s*([^\s#]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Staged:
    """A scenario that can be played: its policy's file and the book in which that policy stands."""

    play: Play
    file: Path
    policies: tuple[Policy, ...]
    directory: Directory
    directory_file: Path
    customer: str
    stated: bool
    """Whether the scenario itself says what its customer has."""

    @property
    def scenario(self) -> Scenario:
        return self.play.scenario

    def book(self, instead: Policy | Directory | None = None) -> PolicyBook:
        """The book; with another reading of one of its files in its place."""
        policies, directory = self.policies, self.directory
        if isinstance(instead, Policy):
            policies = tuple(instead if each.file == instead.file else each for each in policies)
        elif instead is not None:
            # What the scenario itself says of its customer stays said.
            mine = {self.customer: directory.customers[self.customer]} if self.stated else {}
            directory = replace(instead, customers={**instead.customers, **mine})
        return PolicyBook.of(policies, directory)


def stage(file: Path, folder: Path | None = None) -> list[Staged]:
    """The scenarios of a file; `folder` holds the policies (none: where the file lies, or above it).

    Raises:
        PolicyProblems: everything that is wrong with the file, or with a policy or directory that it needs.
    """
    staged: list[Staged] = []
    scenarios, problems = read_document(_text(file), str(file))
    for scenario in scenarios:
        try:
            staged.append(_Stage(scenario, file, folder or _folder_of(file)).ready())
        except PolicyProblems as wrong:
            problems.extend(wrong.problems)
    if problems:
        raise PolicyProblems(problems)
    return staged


def _folder_of(file: Path) -> Path:
    for folder in (file.parent, file.parent.parent, file.resolve().parent.parent):
        if any(folder.glob("*.yaml")):
            return folder
    return file.parent


def policies_named(folder: Path) -> dict[str, list[Path]]:
    """Policy names to their files, one a version."""
    named: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name != DIRECTORY and (found := _NAME.search(_text(path))) is not None:
            named.setdefault(found[1], []).append(path)
    return named


class _Stage:
    def __init__(self, scenario: Scenario, file: Path, folder: Path) -> None:
        self.scenario = scenario
        self.file = file
        self.folder = folder

    def ready(self) -> Staged:
        files = self._files()
        policies = tuple(_policy(_text(path), str(path)) for path in files)
        path = self._directory_file()
        directory = _read_directory(_text(path), str(path)) if path.is_file() else Directory()
        name = policies[0].name
        directory, customer = self._agreement(directory, name)
        first = self.scenario.lines[0].time
        day = first.day or date(2000, 1, 1)  # a first line without a date is a problem already
        try:
            written = self.scenario.headers.get("zone")
            where = zone(written.words if written else policies[0].zone)
            policy = PolicyBook.of(policies, directory).in_force(name, first.after(day, where))
        except (CalendarError, UnknownPolicy) as wrong:
            raise PolicyProblems([self._header("zone").place.problem(str(wrong))]) from None
        self._check_about(policy)
        play = Meaning(policy, directory, customer, where, day).of(self.scenario)
        mine = next(path for path, each in zip(files, policies, strict=True) if each is policy)
        stated = "customer" not in self.scenario.headers or "with" in self.scenario.headers
        return Staged(play, mine, policies, directory, path, customer, stated)

    def _header(self, name: str) -> Text:
        return self.scenario.headers.get(name, Text("", self.scenario.place))

    def _files(self) -> list[Path]:
        """The files of all versions of the policy."""
        header = self._header("policy")
        more = [self.file.parent / name for name in self.scenario.words("also")]
        missing = [path for path in more if not path.is_file()]
        if missing:
            raise PolicyProblems([self._header("also").place.problem(f"there is no file {missing[0]}")])
        if header.words.endswith(".yaml"):
            path = self.file.parent / header.words
            if not path.is_file():
                raise PolicyProblems([header.place.problem(f"there is no file {path}")])
            return [path, *more]
        named = policies_named(self.folder)
        if header.words not in named:
            wrong = f"{self.folder} has no policy {header.words!r}"
            raise PolicyProblems([header.place.problem(wrong, nearest(header.words, list(named)))])
        return [*named[header.words], *more]

    def _directory_file(self) -> Path:
        header = self.scenario.headers.get("directory")
        path = self.file.parent / header.words if header else self.folder / DIRECTORY
        if header is not None and not path.is_file():
            raise PolicyProblems([header.place.problem(f"there is no file {path}")])
        return path

    def _agreement(self, directory: Directory, policy: str) -> tuple[Directory, str]:
        """The customer under this policy, with what `with:` says of the agreement."""
        header = self.scenario.headers.get("customer")
        id = header.words if header else CUSTOMER
        customer = directory.customers.get(id, Customer(id, id, policy))
        if header is not None and id not in directory.customers:
            hint = nearest(id, list(directory.customers))
            raise PolicyProblems([header.place.problem(f"the directory has no customer {id!r}", hint)])
        if customer.policy != policy:
            wrong = f"{customer.name} has the policy {customer.policy!r}, not {policy!r}"
            raise PolicyProblems([self._header("customer").place.problem(wrong)])
        stated = {}
        for item in self.scenario.words("with"):
            name, equals, value = item.partition("=")
            if not equals:
                wrong = f"{item!r} states nothing"
                raise PolicyProblems(
                    [self._header("with").place.problem(wrong, "write with: package=Premium")]
                )
            stated[name.strip()] = value.strip().strip('"')
        customer = replace(customer, attributes={**customer.attributes, **stated})
        return replace(directory, customers={**directory.customers, id: customer}), id

    def _check_about(self, policy: Policy) -> None:
        known = [*(name.replace("_", " ") for name in policy.clocks), ROUTING, LADDERS, REFUSALS]
        for word in self.scenario.words("about"):
            if word.replace("_", " ") not in known:
                problem = self._header("about").place.problem(
                    f"unknown subject {word!r}", nearest(word, known)
                )
                raise PolicyProblems([problem])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise PolicyProblems([Problem(str(path), 1, 1, f"not UTF-8 text: byte {wrong.start}")]) from None
    except OSError as wrong:
        raise PolicyProblems([Problem(str(path), 1, 1, f"cannot be read: {wrong.strerror}")]) from None


@lru_cache(maxsize=64)
def _policy(text: str, file: str) -> Policy:
    return read_policy(text, file)


@lru_cache(maxsize=8)
def _read_directory(text: str, file: str) -> Directory:
    return read_directory(text, file)
