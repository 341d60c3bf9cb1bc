"""The system under chaos: real processes on servers of its own, each within reach of a fault."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from asyncpg.exceptions._base import InterfaceError, PostgresError

from cli.events import Event
from cli.local.plan import Plan
from cli.local.ports import free
from cli.local.system import Ground, System, services
from cli.local.trouble import child_with
from cli.provisioning import SERVICES
from shared.ops.supervisor import Child, supervise
from tests.chaos.outside import Outside, directory, outside
from tests.chaos.proxy import Proxy, proxy
from tests.chaos.servers import Servers, running_servers
from tests.chaos.under import Point

TENANT = SOURCE = "chaos"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROUTING_KEY = "c" * 32
POLICIES = Path(__file__).with_name("policies")
PARTITIONS = 8
SMALL_DISK = "2g"
"""The size of the file system for PostgreSQL's data, where one may be mounted: it can be filled."""
_CLONE_NEWNS = 0x20000
AWAY = (OSError, TimeoutError, PostgresError, InterfaceError)
"""How it shows that the database cannot be asked at the moment."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FusedPlan(Plan):
    """The services run under `tests.chaos.under`, and reach the database by proxies."""

    databases: Mapping[str, Proxy] = field(default_factory=dict)
    made: dict[str, Child] = field(default_factory=dict)
    """The services as they were started, by name."""

    def children(self, urls: Mapping[str, str], kafka: str) -> list[Child]:
        children = [self._fused(child, child.name) for child in Plan.children(self, urls, kafka)]
        self.made.update({child.name: child for child in children})
        return children

    def _fused(self, child: Child, name: str) -> Child:
        url = urlsplit(child.env["TOCSIN_DATABASE_URL"])
        before = url.netloc.rpartition(":")[0]
        proxied = urlunsplit(url._replace(netloc=f"{before}:{self.databases[child.name].port}"))
        return replace(
            child,
            argv=[
                sys.executable,
                "-m",
                "tests.chaos.under",
                f"services.{child.name}",
                name,
                str(self.orders),
            ],
            env={**child.env, "TOCSIN_DATABASE_URL": proxied},
        )

    @property
    def orders(self) -> Path:
        return self.home / "orders"

    def replica(self, service: str, port: int) -> Child:
        """A second process of a service, under another name."""
        child = self.made[service]
        name = f"{service}-2"
        env = {**child.env, "TOCSIN_LISTEN": f"127.0.0.1:{port}", "TOCSIN_INSTANCE": "second"}
        return Child(name, [*child.argv[:-2], name, child.argv[-1]], env)


@dataclass
class Stage:
    """What faults and observers need to reach."""

    servers: Servers
    plan: FusedPlan
    system: System
    outside: Outside
    broker: Proxy
    key: str
    ends: list[str] = field(default_factory=list)
    """What the supervisor said of services that ended."""
    replicas: dict[str, int] = field(default_factory=dict)
    """The ports of second processes, by their names."""
    poisoned: int = 0
    """Records on the wire that nobody can read."""
    post: Callable[[Event], Awaitable[object]] = field(init=False)
    """Tells the system one event, again and again until it is taken; set by who tells."""

    @property
    def wire(self) -> str:
        return self.plan.wire

    def urls(self) -> dict[str, str]:
        """Where each process listens, by its name."""
        running = {name: self.plan.url(name) for name in SERVICES}
        return running | {name: f"http://127.0.0.1:{port}" for name, port in self.replicas.items()}

    def pid(self, name: str) -> int | None:
        """The process of that name, once it is there."""
        return child_with(name)

    def signal(self, name: str, number: signal.Signals) -> int | None:
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, number)
        return pid

    async def back(self, name: str, gone: int | None) -> None:
        """Wait until another process has taken the place of one that is to end."""
        async with asyncio.timeout(60):
            while self.pid(name) in (gone, None):
                await asyncio.sleep(0.02)

    def arm(self, name: str, point: Point, passage: int) -> Path:
        """Have a process kill itself at a passage of a point; the file is gone once it has."""
        order = self.plan.orders / f"{name}.kill"
        half = order.with_suffix(".new")
        half.write_text(f"{point} {passage}")
        half.rename(order)
        return order

    def set_clock(self, name: str, step: int, ppm: int) -> None:
        """Set the clock of a process's machine wrong: by `step` seconds, and too fast by `ppm` millionths."""
        order = self.plan.orders / f"{name}.clock"
        half = order.with_suffix(".new")
        half.write_text(f"{step} {ppm}")
        half.rename(order)

    @asynccontextmanager
    async def second(self, service: str) -> AsyncIterator[str]:
        """A second process of a service for as long as the block lasts; yields its name."""
        [port] = free(1)
        child = self.plan.replica(service, port)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        running = loop.create_task(supervise([child], self.plan.logs, stop, self.hear))
        self.replicas[child.name] = port
        try:
            yield child.name
        finally:
            del self.replicas[child.name]
            stop.set()
            await running

    def hear(self, name: str, line: str) -> None:
        if line.startswith("ended ("):
            self.ends.append(f"{name} {line.partition(';')[0]}")

    async def rows(self, query: str, *parameters: Any) -> list[Any]:
        """What the database answers, on a connection of its own and past the proxies."""
        connection = await asyncpg.connect(self.system.admin_url, timeout=5)
        try:
            return list(await connection.fetch(query, *parameters, timeout=30))
        finally:
            with contextlib.suppress(*AWAY):
                await connection.close(timeout=1)


@asynccontextmanager
async def stage(home: Path, wire: str, *, mounts: bool) -> AsyncIterator[Stage]:
    """A running system for as long as the block lasts; everything that it stored goes with it."""
    async with AsyncExitStack() as leaving:
        world = await leaving.enter_async_context(outside())
        policies = home / "policies"
        policies.mkdir(parents=True)
        for name in ("chaos.yaml", "probe.yaml"):
            (policies / name).write_text((POLICIES / name).read_text())
        (policies / "directory.yaml").write_text(directory(POLICIES / "directory.yaml", world))
        servers = await leaving.enter_async_context(running_servers(home, mounts=mounts))
        databases = {
            name: await leaving.enter_async_context(proxy(lambda: servers.postgres_port)) for name in SERVICES
        }
        broker = await leaving.enter_async_context(proxy(lambda: servers.kafka_port))
        if wire == "kafka":
            servers.advertised = broker.port
            await servers.start_kafka()
        plan = FusedPlan(
            home,
            "kafka" if wire == "kafka" else "postgres",
            f"127.0.0.1:{broker.port}" if wire == "kafka" else "",
            policies=policies,
            ports=dict(zip(SERVICES, free(len(SERVICES)), strict=True)),
            partitions=PARTITIONS,
            environment={
                "TOCSIN_SMTP": f"{world.mail.host}:{world.mail.port}",
                "TOCSIN_WEBHOOK_SECRET": SECRET,
                "TOCSIN_WEBHOOK_ALLOW": "127.0.0.1",
                "TOCSIN_PAGERDUTY_URL": world.pager.url,
                "TOCSIN_PAGERDUTY_KEYS": f"chaos: {ROUTING_KEY}",
            },
            databases=databases,
        )
        plan.orders.mkdir()
        made: list[Stage] = []
        ground = Ground(servers.postgres.admin_url, plan.kafka)
        system = await leaving.enter_async_context(
            services(plan, ground, lambda name, line: made[0].hear(name, line) if made else None)
        )
        key = await system.key("api-key", TENANT, [SOURCE])
        made.append(Stage(servers, plan, system, world, broker, key))
        yield made[0]
