"""What a newcomer meets first: make, and the installer behind it."""

import ast
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "requirements" / "install.py"
ALONE = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
"""The environment without what a make that runs these tests tells the makes below it."""
STARTED = """#!/bin/sh
# Takes a moment to end, as the real one does: make stumbles over a child that is gone before make itself has
# heard of the signal.
trap 'sleep 0.5; echo ended; exit 0' INT
echo started "$@"
while :; do sleep 0.1; done
"""


@pytest.fixture
def install() -> dict[str, Any]:
    """The installer's names, in the dictionary that its functions see."""
    names: dict[str, Any] = runpy.run_path(str(INSTALL))["main"].__globals__
    return names


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=ALONE, capture_output=True, text=True, check=False
    )


def test_make_alone_lists_everything_one_can_ask_for() -> None:
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    listed = re.findall(r"^  make (\S+) +\S", make().stdout, re.MULTILINE)
    assert set(listed) == set(phony) - {"venv", "venv-dev"}


def test_ctrl_c_ends_make_run_without_make_complaining(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "install.py").touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    program = tmp_path / ".venv" / "bin" / "tocsin"
    program.write_text(STARTED)
    program.chmod(0o755)

    running = subprocess.Popen(
        ["make", "run", "WIRE=kafka"],
        cwd=tmp_path,
        env=ALONE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # its own process group, as a terminal gives it
        # Whoever runs the tests may ignore SIGINT, and it would be inherited.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "started up --wire kafka\n"
    os.killpg(running.pid, signal.SIGINT)
    said, _ = running.communicate(timeout=30)
    assert said == "ended\n"


def test_a_python_that_is_too_old_is_told_so(
    install: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer.*make run PYTHON="):
        install["refuse_what_cannot_work"]()


def test_a_python_without_venv_is_told_what_to_install(
    install: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        install["refuse_what_cannot_work"]()


def test_an_old_python_can_read_the_installer_at_all() -> None:
    ast.parse(INSTALL.read_text(), feature_version=(3, 7))


def test_the_second_time_nothing_is_done(
    install: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made, python = tmp_path / "made-of", tmp_path / "python"
    python.touch()
    monkeypatch.setitem(install, "MARK", made)
    monkeypatch.setitem(install, "PYTHON", python)
    monkeypatch.setitem(install, "works", lambda: pytest.fail("it went to work"))

    made.write_text(install["ingredients"]("run"))
    install["main"]("run")
    made.write_text(install["ingredients"]("dev"))
    install["main"]("run")  # dev holds all of run
    assert capsys.readouterr().out == ""

    made.write_text(install["ingredients"]("run"))
    with pytest.raises(pytest.fail.Exception, match="went to work"):
        install["main"]("dev")


def test_an_environment_in_another_place_is_another(install: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    for part in ("pyproject.toml", "requirements/run.txt", "requirements/install.py"):
        shutil.copy(ROOT / part, tmp_path / part)
    moved = runpy.run_path(str(tmp_path / "requirements" / "install.py"))
    assert install["ingredients"]("run") != moved["ingredients"]("run")


def test_ci_does_what_the_readme_says() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test"
