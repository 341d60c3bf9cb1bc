"""Starts a plan and ends it: the database first, the services last, and the other way round."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2

from cli.local.plan import Plan, keep_secret
from cli.provisioning import SERVICES, prepare
from shared.ops import local_kafka, local_postgres
from shared.ops.access import create_key
from shared.ops.clock import RealClock
from shared.ops.database import connect, create_database
from shared.ops.supervisor import Say, supervise
from shared.stream.wire import Wire
from shared.stream.wires import open_wire

READY_WITHIN = 60_000_000  # µs


class NotReady(RuntimeError):
    """The services did not come up in time; the message says what each of them misses."""


@dataclass(slots=True)
class Ground:
    """The servers that the services stand on; `broker` where it is one of our own."""

    admin_url: str
    kafka: str
    broker: local_kafka.LocalKafka | None = None

    def end_broker(self, *, keep: bool) -> None:
        if self.broker is not None:
            self.broker.stop() if keep else self.broker.destroy()


@contextlib.contextmanager
def servers(plan: Plan, say: Callable[[str], None]) -> Iterator[Ground]:
    """Run PostgreSQL and, where the plan needs one of our own, Kafka. Call it on the main thread.

    Raises:
        CannotStart: with what is missing.
    """
    ends: list[Callable[[], None]] = []
    try:
        say("starting PostgreSQL")
        postgres = local_postgres.start(plan.home / "postgres", say)
        ends.append(postgres.stop if plan.keep else postgres.destroy)
        ground = Ground(postgres.admin_url, plan.kafka)
        ends.append(lambda: ground.end_broker(keep=plan.keep))
        if plan.wire == "kafka" and not plan.kafka:
            ground.broker = local_kafka.start(plan.home / "kafka", say=say)
            ground.kafka = ground.broker.bootstrap
        yield ground
    finally:
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda end: end(), ends))


@dataclass(frozen=True, slots=True)
class System:
    """A running system, as a client on the same machine sees it."""

    plan: Plan
    admin_url: str
    """The administrator's, on the system's own database."""
    kafka: str
    http: httpx2.AsyncClient

    def wire(self) -> Wire:
        return open_wire(self.plan.wire, database_url=self.admin_url, kafka=self.kafka, service="cli")

    async def key(self, name: str, tenant: str, sources: Sequence[str]) -> str:
        """The API key kept in the file `name`, made where it is missing or not valid any more."""
        path = self.plan.home / name
        if path.exists():
            key = path.read_text(encoding="utf-8").strip()
            asked = await self.http.get(f"{self.plan.url('intake')}/v1/cases/-", headers=bearer(key))
            if asked.status_code != httpx2.codes.UNAUTHORIZED:
                return key
        engine = connect(self.admin_url, application="tocsin up", pool=1)
        try:
            key = await create_key(engine, tenant, sources)
        finally:
            await engine.dispose()
        keep_secret(path, key + "\n")
        return key


@contextlib.asynccontextmanager
async def services(plan: Plan, ground: Ground, say: Say) -> AsyncIterator[System]:
    """Run the four services, from ready to ended; `say` hears what they write.

    Raises:
        NotReady: they did not come up.
    """
    # Positions on one wire mean nothing on another: each has a database of its own.
    database = "tocsin" if plan.wire == "postgres" else f"tocsin_{plan.wire}"
    admin_url = await create_database(ground.admin_url, database)
    keep_secret(plan.home / "admin-url", admin_url)
    urls = await prepare(admin_url, plan.passwords())
    stop = asyncio.Event()
    supervising = supervise(plan.children(urls, ground.kafka), plan.logs, stop, say)
    # No TaskGroup: it would cancel the supervision on any exception, and the services must end in order.
    supervision = asyncio.get_running_loop().create_task(supervising)
    try:
        async with httpx2.AsyncClient(timeout=10) as http:
            await _until_ready(plan, http)
            yield System(plan, admin_url, ground.kafka, http)
    finally:
        stop.set()
        await supervision


async def _until_ready(plan: Plan, http: httpx2.AsyncClient) -> None:
    clock = RealClock()
    until = clock.now() + READY_WITHIN
    while missing := {name: why for name in SERVICES if (why := await _missing(plan.url(name), http))}:
        if clock.now() > until:
            raise NotReady(f"not ready: {json.dumps(missing, indent=2)}; their logs are in {plan.logs}")
        await clock.sleep_until(clock.now() + 50_000)


async def _missing(url: str, http: httpx2.AsyncClient) -> Any:
    """What a service still waits for; None when it is ready."""
    try:
        answer = await http.get(f"{url}/health/ready")
    except httpx2.TransportError as away:
        return f"{url} does not answer: {away}"
    return None if answer.status_code == httpx2.codes.OK else answer.json().get("checks")


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
