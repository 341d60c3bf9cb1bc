"""The real servers that tests run against, shared by all workers of a run.

In this order: the address that the environment names, a container where a Docker engine answers, a local
server from wheels. Where none can be had the test is skipped and says what is missing.
"""

import contextlib
import fcntl
import importlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import pytest

from shared.ops import local_kafka, local_postgres
from shared.ops.local_server import CannotStart

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.1"


class Server(Protocol):
    """Something that runs until it is stopped."""

    @property
    def address(self) -> str: ...

    def stop(self) -> None: ...


@contextlib.contextmanager
def shared_server(directory: Path, start: Callable[[], Server]) -> Iterator[str]:
    """The address of one server for all processes that name the same directory.

    Whoever comes first starts it and stops it, after the last of the others has left: every user holds a
    shared lock on `users`, which the kernel releases for those that crash.
    """
    directory.mkdir(parents=True, exist_ok=True)
    address = directory / "address"
    mine: Server | None = None
    with (directory / "users").open("w") as users:
        with exclusively(directory):
            if not address.exists():
                mine = start()
                address.write_text(mine.address)
            found = address.read_text()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield found
        finally:
            while mine is not None:
                with exclusively(directory):
                    if _sole(users):
                        address.unlink()
                        mine.stop()
                        break
                time.sleep(0.05)


@contextlib.contextmanager
def exclusively(directory: Path) -> Iterator[None]:
    """One process at a time among those that name the same directory."""
    with (directory / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sole(users: IO[str]) -> bool:
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Local:
    def __init__(self, address: str, stop: Callable[[], None]) -> None:
        self.address = address
        self.stop = stop


@contextlib.contextmanager
def postgres(directory: Path) -> Iterator[str]:
    """A superuser's URL of a PostgreSQL."""
    given = os.environ.get("TOCSIN_TEST_DATABASE_URL")
    if given:
        yield given
        return

    def start() -> Server:
        if docker_answers():
            return _postgres_container()
        try:
            local = local_postgres.start(directory / "home")
        except CannotStart as why:
            pytest.skip(
                f"no PostgreSQL: TOCSIN_TEST_DATABASE_URL is not set, no Docker engine answers; {why}"
            )
        return _Local(local.admin_url, local.destroy)

    with shared_server(directory, start) as address:
        yield address


@contextlib.contextmanager
def kafka(directory: Path) -> Iterator[str]:
    """The bootstrap address (host:port) of a Kafka broker."""
    given = os.environ.get("TOCSIN_TEST_KAFKA")
    if given:
        yield given
        return

    def start() -> Server:
        if docker_answers():
            return _kafka_container()
        try:
            local = local_kafka.start(directory / "home")
        except CannotStart as why:
            pytest.skip(f"no Kafka: TOCSIN_TEST_KAFKA is not set, no Docker engine answers; {why}")
        return _Local(local.bootstrap, local.destroy)

    with shared_server(directory, start) as address:
        yield address


def docker_answers() -> bool:
    """Whether there is a Docker engine, and not only its command."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        asked = subprocess.run([docker, "version"], capture_output=True, check=False, timeout=10)
        return asked.returncode == 0
    return False


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_container() -> Server:
    containers: Any = importlib.import_module("testcontainers.postgres")
    container = containers.PostgresContainer(POSTGRES_IMAGE, driver=None)
    container.start()
    return _Local(container.get_connection_url(), container.stop)


def _kafka_container() -> Server:
    containers: Any = importlib.import_module("testcontainers.core.container")
    waiting: Any = importlib.import_module("testcontainers.core.waiting_utils")
    port = free_port()
    listeners = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    container = containers.DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in listeners.items():
        container = container.with_env(name, value)
    container.start()
    waiting.wait_for_logs(container, "Kafka Server started", timeout=60)
    return _Local(f"127.0.0.1:{port}", container.stop)
