"""House rules that imports cannot say. Each is tried on an offender too."""

import ast
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")
PRODUCT = sorted(path for package in ("cli", "services", "shared") for path in (ROOT / package).rglob("*.py"))
LONGEST = 300


def ruff_says(snippet: str, where: str) -> list[str]:
    """The codes of what ruff has against a snippet, were it in the file `where`."""
    found = subprocess.run(
        [str(RUFF), "check", "--quiet", "--output-format", "concise", "--stdin-filename", where, "-"],
        cwd=ROOT,
        input=snippet,
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.split(": ", 1)[1].split(" ")[0] for line in found.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n", "TID251"),
        ("from datetime import datetime\n\nNOW = datetime.utcnow()\n", "TID251"),
        ("import time\n\nNOW = time.time()\n", "TID251"),
        ("from time import time_ns\n\nNOW = time_ns()\n", "TID251"),
        ("from uuid import uuid4\n\nID = uuid4()\n", "TID251"),
        ("import asyncio\n\n\nasync def wait() -> None:\n    await asyncio.sleep(1)\n", "TID251"),
        (
            "import asyncio\n\n\nasync def go() -> None:\n    await asyncio.create_task(go())\n",
            "TID251",
        ),
        ("try:\n    FOUND = 1\nexcept Exception:\n    FOUND = 2\n", "BLE001"),
        ("for n in (1, 2):\n    try:\n        int(n)\n    except Exception:\n        continue\n", "S112"),
        ("try:\n    FOUND = 1\nexcept Exception:\n    pass\n", "S110"),
    ],
)
def test_ruff_stops_what_imports_cannot_see(line: str, code: str) -> None:
    assert code in ruff_says(line, "services/clock/wiring.py")


def test_the_clock_has_a_home() -> None:
    line = "import time\n\nNOW = time.time_ns()\n"
    assert "TID251" in ruff_says(line, "services/clock/settings.py")
    assert ruff_says(line, "shared/ops/clock.py") == []


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_module_is_longer_than_one_reads() -> None:
    assert [
        f"{path.relative_to(ROOT)}: {lines_of(path)}" for path in PRODUCT if lines_of(path) > LONGEST
    ] == []


VAGUE = {"base", "common", "constants", "core", "helpers", "manager", "misc", "util", "utils"}


def test_names_say_what_is_inside() -> None:
    assert [str(path.relative_to(ROOT)) for path in PRODUCT if VAGUE & {path.stem, path.parent.name}] == []


def says_only_what_it_is(package: str) -> bool:
    body = ast.parse(package).body
    return len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)


def test_a_package_says_what_it_is_and_holds_nothing() -> None:
    assert not says_only_what_it_is('"""A package."""\nimport os')
    packages = [path for path in PRODUCT if path.name == "__init__.py"]
    assert [str(p.relative_to(ROOT)) for p in packages if not says_only_what_it_is(p.read_text())] == []


def test_a_service_says_what_it_owns_hears_says_and_never_does() -> None:
    for service in sorted((ROOT / "services").glob("*/__init__.py")):
        told = (ast.get_docstring(ast.parse(service.read_text())) or "").lower()
        missing = [word for word in ("owns", "hears", "says", "never") if word not in told]
        assert not missing, f"{service.relative_to(ROOT)} does not tell {missing}"


def comments_with(path: Path, words: tuple[str, ...]) -> list[int]:
    with path.open("rb") as file:
        return [
            token.start[0]
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT and any(word in token.string for word in words)
        ]


def test_types_are_true_without_being_told_to_be() -> None:
    found = {str(p.relative_to(ROOT)): comments_with(p, ("type: ignore",)) for p in PRODUCT}
    assert {path: lines for path, lines in found.items() if lines} == {}
