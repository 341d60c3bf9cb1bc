"""The files that an owner names: read as far as they go, with everything that is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yaml import Node

from cli.errors import fail
from shared.policy.directory import Directory
from shared.policy.directory_reading import read_directory
from shared.policy.policy import Policy, examine
from shared.policy.reading import PolicyProblems, Problem, Reading
from shared.policyfiles import DIRECTORY


@dataclass(frozen=True, slots=True)
class Draft:
    """One policy's file. Without a policy it is no YAML at all."""

    file: str
    text: str
    root: Node | None
    policy: Policy | None
    problems: tuple[Problem, ...]


def policy_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The policies among these, of a folder its own; a directory.yaml is read beside them."""
    for path in paths:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in files if file.name != DIRECTORY)


def read_text(path: Path) -> str:
    """The text of a file; ends the command with one line when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as wrong:
        fail(f"{path}: {wrong.strerror}")
    except UnicodeDecodeError as wrong:
        fail(f"{path}: not UTF-8 text: byte {wrong.start}")


def read_draft(path: Path) -> Draft:
    """A policy with or without mistakes."""
    text = read_text(path)
    reading = Reading(str(path))
    try:
        root = reading.compose(text)
    except PolicyProblems as found:
        return Draft(str(path), text, None, None, found.problems)
    policy = examine(root, reading)
    return Draft(str(path), text, root, policy, tuple(reading.problems))


def read_sound(path: Path) -> tuple[Policy, Node]:
    """A policy that can be read, and its text's nodes; ends the command with all problems when it cannot."""
    draft = read_draft(path)
    if draft.problems or draft.policy is None or draft.root is None:
        fail(str(PolicyProblems(draft.problems)))
    return draft.policy, draft.root


def directory_beside(path: Path, named: Path | None) -> tuple[Directory | None, tuple[Problem, ...]]:
    """The directory that is named, else the one in the file's folder, if there is one."""
    file = named or path.parent / DIRECTORY
    if named is None and not file.exists():
        return None, ()
    try:
        return read_directory(read_text(file), str(file)), ()
    except PolicyProblems as found:
        return None, found.problems
