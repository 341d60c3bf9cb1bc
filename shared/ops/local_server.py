"""What the local servers (PostgreSQL, Kafka) have in common: one at a time, a kept port, a quiet child."""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from shared.ops.offspring import User, command


class CannotStart(RuntimeError):
    """The server cannot run here; the message says why and what to do."""


def silent(_line: str) -> None:
    """For callers who do not want to hear what takes long."""


def only_one(home: Path) -> IO[str]:
    """Hold `home` for this process until the returned file is closed, at the latest at our death.

    Raises:
        CannotStart: another process holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(f"another process runs the server of {home}; stop that one first") from None
    return lock


def kept(path: Path, make: Callable[[], str]) -> str:
    """The secret in the file, made at first."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


def kept_port(path: Path) -> int:
    """The loopback port in the file if it is still free, else another, which is kept."""
    wanted = int(path.read_text()) if path.exists() else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    path.write_text(str(port))
    return port


def spawn(
    argv: list[str],
    log: Path,
    *,
    at_parents_death: signal.Signals,
    cwd: Path,
    user: User | None = None,
    env: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child whose output goes to `log` and whose environment is almost empty.

    It has a session of its own: the terminal's Ctrl-C must not reach a server before its clients have ended.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            command(argv, at_parents_death=at_parents_death, user=user),
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def end_orphan(pid: int, *, cwd: Path, how: signal.Signals) -> None:
    """End the server that works in `cwd`, if that is still what has this pid, and wait for its end.

    For holders of the lock only: nobody else has a right to that directory, so a server in it is one that
    its parent left behind, as a rule already ending.

    Raises:
        CannotStart: it does not end.
    """
    until = time.monotonic() + 20
    asked = False
    while _works_in(pid, cwd):
        if time.monotonic() > until:
            raise CannotStart(f"an old server (pid {pid}) still uses {cwd} and does not end")
        if not asked:
            os.kill(pid, how)
            asked = True
        time.sleep(0.05)


def _works_in(pid: int, cwd: Path) -> bool:
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == cwd.resolve()
        except OSError:  # gone, a zombie, or another user's
            return False
    shown = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return str(cwd) in shown


def last_words(log: Path) -> str:
    """The end of a server's log, for a message that says why it did not start."""
    lines = log.read_text(errors="replace").splitlines()
    return " | ".join(lines[-5:]) or "it said nothing"
