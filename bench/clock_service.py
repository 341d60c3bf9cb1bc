"""The clock service as a process of its own, on a database and a wire, as `tocsin up` would start it."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from bench.states import PARTITIONS, policies
from cli.local.plan import Plan
from cli.local.ports import free
from cli.provisioning import SERVICES, prepare
from shared.ops.database import create_database
from shared.ops.offspring import command

READY_WITHIN = 30.0


async def prepared(home: Path, admin_url: str, database: str) -> tuple[str, dict[str, str]]:
    """A database as the services need it: the administrator's URL, and each service's own."""
    url = await create_database(admin_url, database)
    return url, await prepare(url, _plan(home, "postgres").passwords())


@contextmanager
def clock_service(
    home: Path, urls: Mapping[str, str], wire: Literal["postgres", "kafka"], kafka: str = ""
) -> Iterator[int]:
    """Run it until the block ends; gives its pid. Its log is home/log/clock.log."""
    plan = _plan(home, wire)
    child = next(child for child in plan.children(urls, kafka) if child.name == "clock")
    plan.logs.mkdir(parents=True, exist_ok=True)
    with (plan.logs / "clock.log").open("ab") as log:
        process = subprocess.Popen(
            command(child.argv, at_parents_death=signal.SIGKILL),
            env={**os.environ, **child.env},
            stdout=log,
            stderr=log,
        )
        try:
            _until_ready(plan.url("clock"), process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(20)


def _plan(home: Path, wire: Literal["postgres", "kafka"]) -> Plan:
    home.mkdir(parents=True, exist_ok=True)
    ports = dict(zip(SERVICES, free(len(SERVICES)), strict=True))
    folder = policies(home / "policies")
    return Plan(home, wire, "", policies=folder, ports=ports, partitions=PARTITIONS)


def _until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the clock service ended with {process.returncode}; see its log")
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the clock service was not ready within {READY_WITHIN:.0f} s; see its log")
