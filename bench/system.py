"""The services of a bench as processes: started on servers of its own, killed and restarted as it likes."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench import ground
from bench.load import SOURCE, TENANT
from cli.local.plan import Plan
from cli.local.ports import free
from cli.provisioning import SERVICES, prepare
from shared.ops.access import create_key
from shared.ops.database import connect, create_database
from shared.ops.offspring import command
from shared.ops.supervisor import python
from shared.stream.wire import Wire
from shared.stream.wires import open_wire

WireName = Literal["postgres", "kafka"]

POLICIES = Path(__file__).with_name("policies")
PARTITIONS = 2
"""As many as cores: each turn of a partition has its fixed cost (docs/scaling.md)."""
READY_WITHIN = 60.0
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(slots=True)
class Service:
    """One process of ours."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """As an operator would: SIGTERM, and the patience of a supervisor."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(slots=True)
class System:
    """Servers that run and services that may. All calls on the main thread: children die with it."""

    plan: Plan
    postgres: ground.Postgres
    broker: int | None
    """The broker's pid."""
    kafka: str
    admin_url: str
    urls: Mapping[str, str]
    key: str
    log: Path
    """What the receiver has taken: see bench/receiver.py."""
    receiver: "subprocess.Popen[bytes]"
    running: dict[str, Service] = field(default_factory=dict)
    """By instance: the service's name, or what `start` was told."""

    def start(self, *names: str, **more: str) -> None:
        """Start services and wait until they are ready; `more` adds to their environment.

        `clock#2` is a second instance of the clock service.
        """
        for name in names:
            self.launch(name, **more)
        self.await_ready(*names)

    def await_ready(self, *names: str) -> None:
        for name in names:
            _await_ready(self.running[name], self.plan.logs)

    def launch(self, instance: str, **more: str) -> Service:
        """Start a service without waiting for it."""
        name = instance.partition("#")[0]
        [child] = [child for child in self.plan.children(self.urls, self.kafka) if child.name == name]
        port = self.plan.ports[name] if instance == name else free(1)[0]
        own = {"TOCSIN_LISTEN": f"127.0.0.1:{port}", "TOCSIN_INSTANCE": instance}
        with (self.plan.logs / f"{instance}.log").open("ab") as log:
            process = subprocess.Popen(
                command(child.argv, at_parents_death=signal.SIGKILL),
                env={**os.environ, **child.env, **own, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        service = self.running[instance] = Service(name, port, process)
        return service

    def stop(self, *instances: str) -> None:
        """End these services, or all."""
        for instance in instances or list(self.running):
            self.running.pop(instance).end()

    @property
    def doors(self) -> list[int]:
        """The ports of intake's instances."""
        return [service.port for service in self.running.values() if service.name == "intake"]

    def wire(self) -> Wire:
        """The wire, to write on it or to read it from outside."""
        return open_wire(self.plan.wire, database_url=self.admin_url, kafka=self.kafka, service="bench")

    def pids(self) -> dict[str, int]:
        """Every process, by what it is."""
        pids = {instance: service.pid for instance, service in self.running.items()}
        pids["receiver"] = self.receiver.pid
        pids["PostgreSQL"] = self.postgres.pid
        if self.broker is not None:
            pids["Kafka"] = self.broker
        return pids

    def alive(self) -> None:
        """Raises RuntimeError where a service has ended by itself: then no figure means anything."""
        for instance, service in self.running.items():
            if (code := service.process.poll()) is not None:
                last = (self.plan.logs / f"{instance}.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{instance} ended with {code}: {last}")


@contextmanager
def system(
    wire: WireName, *, settings: Mapping[str, str] = ground.SETTINGS, policies: Path = POLICIES
) -> Iterator[System]:
    """Servers, a database that is ready and a receiver; no service runs yet. All is deleted afterwards."""
    with ExitStack() as leaving:
        postgres = leaving.enter_context(ground.postgres(settings=settings))
        broker = leaving.enter_context(ground.kafka()) if wire == "kafka" else None
        home = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-bench-")))
        receiver, port = _receiver(home / "received.tsv")
        leaving.callback(_reap, receiver)
        plan = Plan(
            home,
            wire,
            policies=policies,
            ports=dict(zip(SERVICES, free(len(SERVICES)), strict=True)),
            partitions=PARTITIONS,
            environment={
                "TOCSIN_WEBHOOKS": json.dumps(
                    {"receiver": {"url": f"http://127.0.0.1:{port}/", "secrets": [SECRET]}}
                ),
                "TOCSIN_WEBHOOK_ALLOW": "127.0.0.1",
                "TOCSIN_RATE": "1000000",  # one tenant is the whole load: its limit is not what is measured
                "TOCSIN_BURST": "1000000",
            },
        )
        plan.logs.mkdir()
        admin_url, urls, key = asyncio.run(_database(postgres.admin_url, plan))
        made = System(
            plan,
            postgres,
            broker.pid if broker else None,
            broker.bootstrap if broker else "",
            admin_url,
            urls,
            key,
            home / "received.tsv",
            receiver,
        )
        try:
            yield made
        except BaseException:
            shutil.rmtree(ground.HOME / "log", ignore_errors=True)
            shutil.copytree(plan.logs, ground.HOME / "log")
            raise
        finally:
            made.stop()


async def _database(server: str, plan: Plan) -> tuple[str, Mapping[str, str], str]:
    admin_url = await create_database(server, "tocsin")
    urls = await prepare(admin_url, plan.passwords())
    engine = connect(admin_url, application="bench", pool=1)
    try:
        return admin_url, urls, await create_key(engine, TENANT, [SOURCE])
    finally:
        await engine.dispose()


def _receiver(log: Path) -> tuple["subprocess.Popen[bytes]", int]:
    argv = command([*python("bench.receiver"), str(log)], at_parents_death=signal.SIGKILL)
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ground.ROOT)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def _reap(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _await_ready(service: Service, logs: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and service.process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/health/ready", timeout=5):
                return
        except OSError:  # not yet: nobody listens, or 503
            time.sleep(0.05)
    last = "\n".join(path.read_text(errors="replace")[-2000:] for path in logs.glob(f"{service.name}*.log"))
    raise RuntimeError(f"{service.name} was not ready within {READY_WITHIN:.0f} s: {last}")


def machine_of(made: System) -> dict[str, object]:
    """What `report.header` is told about a system."""
    return {
        "wire": made.plan.wire,
        "PostgreSQL": made.postgres.shown,
        "partitions": made.plan.partitions,
        "instances": ", ".join(made.running) or "none yet",
    }
