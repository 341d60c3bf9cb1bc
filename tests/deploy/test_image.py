"""The image, as far as it can be checked without an engine."""

import re
import shlex
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]

Instruction = tuple[str, str]


def instructions(dockerfile: str) -> list[Instruction]:
    """(NAME, rest) of each instruction, continued lines joined, comments gone."""
    plain = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    return [(name, rest.strip()) for name, rest in re.findall(r"^([A-Z]+)\s+(.*)$", plain, re.MULTILINE)]


IMAGE = instructions((ROOT / "Dockerfile").read_text())
LAST_STAGE = IMAGE[max(i for i, (name, _) in enumerate(IMAGE) if name == "FROM") :]


def test_bases_are_pinned_and_one() -> None:
    bases = {rest.split()[0] for name, rest in IMAGE if name == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases.pop())


def test_what_is_copied_is_there_and_let_through() -> None:
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for name, rest in IMAGE:
        if name == "COPY" and "--from" not in rest:
            *sources, _ = shlex.split(rest)
            for source in sources:
                assert (ROOT / source).exists(), f"COPY {source}: there is no such file"
                assert any(fnmatch(source, pattern) for pattern in let_through), (
                    f".dockerignore hides {source}"
                )


def test_packages_are_all_copied() -> None:
    copied = {word for name, rest in IMAGE if name == "COPY" for word in shlex.split(rest)}
    assert {"shared", "services", "cli", "policies"} <= copied


def test_dependencies_are_installed_by_hash() -> None:
    installed = [rest for name, rest in IMAGE if name == "RUN" and "pip install" in rest and "-r" in rest]
    assert installed
    assert all("--require-hashes" in rest for rest in installed)


def test_it_runs_as_nobody_in_particular() -> None:
    user = [rest for name, rest in LAST_STAGE if name == "USER"]
    assert user, "the last stage names no user"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user[-1]), (
        "a numeric user, so that clusters can see it is not root"
    )


def test_the_last_stage_builds_nothing() -> None:
    assert [rest for name, rest in LAST_STAGE if name == "RUN"] == []


def test_it_says_how_it_is() -> None:
    checks = [rest for name, rest in LAST_STAGE if name == "HEALTHCHECK"]
    listen = next(
        rest for name, rest in LAST_STAGE if name == "ENV"
    )  # the check must ask where the process listens
    port = re.findall(r"TOCSIN_LISTEN=0\.0\.0\.0:(\d+)", listen)[0]
    assert f"127.0.0.1:{port}/health/ready" in checks[0]


def test_nothing_secret_is_baked_in() -> None:
    for name, rest in IMAGE:
        if name in ("ENV", "ARG"):
            assert not re.search(r"(SECRET|PASSWORD|TOKEN|_URL)\w*=", rest), rest


def test_what_is_installed_is_whole(tmp_path: Path) -> None:
    """Migrations, mappings and tables travel with the code."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
    there = {
        str(path.relative_to(ROOT))
        for package in ("cli", "services", "shared")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there <= packed
