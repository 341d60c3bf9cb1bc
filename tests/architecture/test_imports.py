"""The import contracts hold, and each is seen to catch what it is meant for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a tree; its words unwrapped."""
    return subprocess.run(
        [str(LINTER), "--no-logo", "--no-cache", *arguments],
        cwd=tree,
        env={"COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree as it stands, to do harm to."""
    for package in ("cli", "services", "shared"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout


Plant = tuple[str, dict[str, str], str]

PLANTS: list[Plant] = [
    # contract, {file: what is written at its end}, what import-linter must name
    ("direction", {"shared/ops/__init__.py": "import services.clock"}, "shared.ops -> services.clock"),
    ("direction", {"services/clock/wiring.py": "import cli.main"}, "services.clock.wiring -> cli.main"),
    (
        "independence",
        {"services/clock/domain/__init__.py": "import services.intake.domain"},
        "services.clock.domain -> services.intake.domain",
    ),
    (
        "service-shape",
        {"services/clock/store.py": "import services.clock.wiring"},
        "services.clock.store -> services.clock.wiring",
    ),
    (
        "service-shape",
        {"services/notifier/channels/__init__.py": "import services.notifier.settings"},
        "services.notifier.channels -> services.notifier.settings",
    ),
    ("service-shape", {"services/clock/utils.py": ""}, "- services.clock.utils"),
    ("shared-shape", {"shared/contracts/__init__.py": "import shared.ops"}, "shared.contracts -> shared.ops"),
    ("shared-shape", {"shared/ops/__init__.py": "import shared.stream"}, "shared.ops -> shared.stream"),
    (
        "shared-shape",
        {"shared/calendar/__init__.py": "import shared.policy"},
        "shared.calendar -> shared.policy",
    ),
    ("shared-shape", {"shared/helpers.py": ""}, "- shared.helpers"),
    (
        "kit-knows-no-promise",
        {"shared/stream/__init__.py": "import shared.policy"},
        "shared.stream -> shared.policy",
    ),
    ("pure-core", {"services/clock/domain/__init__.py": "import time"}, "services.clock.domain -> time"),
    (
        "pure-core",
        {"services/notifier/domain/__init__.py": "import random"},
        "services.notifier.domain -> random",
    ),
    ("pure-core", {"shared/contracts/__init__.py": "import asyncio"}, "shared.contracts -> asyncio"),
    (
        "pure-core",
        {"shared/policy/__init__.py": "import shared.policyfiles"},
        "shared.policy -> shared.policyfiles",
    ),
    (
        "pure-core",  # by a detour
        {
            "services/clock/domain/__init__.py": "import services.clock.detour",
            "services/clock/detour.py": "import logging",
        },
        "services.clock.detour -> logging",
    ),
    ("one-wire", {"services/clock/wiring.py": "import aiokafka"}, "services.clock.wiring -> aiokafka"),
    ("one-store", {"services/intake/wiring.py": "import sqlalchemy"}, "services.intake.wiring -> sqlalchemy"),
    ("one-store", {"services/intake/api/__init__.py": "import asyncpg"}, "services.intake.api -> asyncpg"),
    (
        "acyclic",
        {
            "shared/stream/ping.py": "import shared.stream.pong",
            "shared/stream/pong.py": "import shared.stream.ping",
        },
        "No cycles are allowed in shared.stream",
    ),
]


@pytest.mark.parametrize(
    ("contract", "files", "named"), PLANTS, ids=[f"{contract}: {named}" for contract, _, named in PLANTS]
)
def test_a_planted_violation_is_caught(copy: Path, contract: str, files: dict[str, str], named: str) -> None:
    for name, line in files.items():
        with (copy / name).open("a") as file:
            file.write(f"\n{line}\n")

    found = lint(copy, "--contract", contract)
    assert found.returncode == 1, found.stderr
    assert named in found.stdout


def test_every_contract_has_a_plant() -> None:
    written = [
        line.removeprefix("[importlinter:contract:").removesuffix("]")
        for line in (ROOT / ".importlinter").read_text().splitlines()
        if line.startswith("[importlinter:contract:")
    ]
    assert set(written) == {contract for contract, _, _ in PLANTS}
