"""A whole system of four processes, told an invented month in half a minute, and receivers outside it."""

import asyncio
import os
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import yaml
from rich.console import Console

from cli.local.plan import POLICIES, Plan
from cli.local.ports import free
from cli.local.system import Ground, System, services
from cli.local.trouble import pid_of
from cli.provisioning import SERVICES
from cli.replay.command import TENANT, Replayed, Target, replay
from cli.simulation.log import book_for, read_log
from shared.contracts.instant import DAY, MINUTE, SECOND, render
from shared.ops.clock import RealClock
from shared.ops.database import drop_database
from tests.support.receivers import Mailbox, Webhook, mailbox, webhook

LOG = Path("tests/data/incidents.csv")
SPEED = 172_800
TO_START = 25 * SECOND
"""Physical µs before the story begins: enough for four processes to start on a busy machine."""
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class World:
    """The system, and the receivers' own logs: the outside truth."""

    system: System
    mail: Mailbox
    hook: Webhook

    async def kill(self, service: str) -> None:
        """kill -9, and wait until another process has taken its place."""
        killed = pid_of(service)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(60):
            while not await self._lives_again(service, killed):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)

    async def _lives_again(self, service: str, killed: int) -> bool:
        try:
            live = await self.system.http.get(f"{self.system.plan.url(service)}/health/live")
            return live.status_code == 200 and pid_of(service) not in (killed, None)
        except httpx2.TransportError:
            return False

    async def accepted(self) -> int:
        """How many events intake has taken since it was started."""
        answer = await self.system.http.get(f"{self.system.plan.url('intake')}/metrics")
        return sum(
            int(float(line.split()[-1]))
            for line in answer.text.splitlines()
            if line.startswith("tocsin_events_posted_total{") and '"202"' in line
        )

    async def at_rest(self, cases: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The ledger once no fact waits anywhere: the clocks are right before the last page has gone out."""
        before: dict[str, dict[str, Any]] | None = None
        async with asyncio.timeout(120):
            while await self._facts_waiting() or (ledger := await self.ledger(cases)) != before:
                before = await self.ledger(cases)
                await asyncio.sleep(2)  # the gauges are set once a second
        return ledger

    async def _facts_waiting(self) -> int:
        """On the wire, or on their way to it."""
        answers = [await self.system.http.get(f"{self.system.plan.url(name)}/metrics") for name in SERVICES]
        return sum(
            int(float(line.split()[-1]))
            for answer in answers
            for line in answer.text.splitlines()
            if line.startswith(("tocsin_consumer_lag_facts{", "tocsin_outbox_facts "))
        )

    async def ledger(self, cases: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Every delivery that the notifier has on record, by its effect key."""
        key = (self.system.plan.home / "api-key").read_text().strip()
        found = {}
        for case in cases:
            url = f"{self.system.plan.url('notifier')}/v1/cases/{quote(case, safe='')}/deliveries"
            answer = await self.system.http.get(url, headers={"Authorization": f"Bearer {key}"})
            if answer.status_code == 200:
                found.update({one["effect"]: one for one in answer.json()["deliveries"]})
        return found

    def effects(self) -> Counter[str]:
        """How often each effect arrived outside, by its key."""
        keys = [request.headers["webhook-id"] for request in self.hook.requests]
        keys += [str(message["Message-ID"]).strip("<>").split("@")[0] for message in self.mail.messages]
        return Counter(keys)


def with_receivers(policies: Path, hook: Webhook) -> None:
    """People of the example directory get a mailbox and a webhook instead of a console."""
    path = policies / "directory.yaml"
    directory = yaml.safe_load(path.read_text())
    for name, person in directory["people"].items():
        on_hook = name in ("bo", "dana", "mona", "karl", "vera")
        person["channels"] = [f"webhook:{hook.url}"] if on_hook else [f"email:{name}@support.example"]
    path.write_text(yaml.safe_dump(directory, allow_unicode=True))


@asynccontextmanager
async def living(
    tmp_path: Path, postgres_url: str, wire: str, kafka: str = "", *, speed: int = SPEED
) -> AsyncIterator[tuple[World, Callable[[], "asyncio.Task[Replayed]"]]]:
    """A system in time-lapse, and what starts the replay of the invented log on it."""
    events = read_log(LOG, None)
    end = events[-1].time + DAY
    policies = tmp_path / "policies"
    shutil.copytree(POLICIES, policies)
    async with AsyncExitStack() as leaving:
        mail = await leaving.enter_async_context(mailbox())
        hook = await leaving.enter_async_context(webhook())
        with_receivers(policies, hook)
        clock = f"{render(events[0].time - MINUTE)}@{render(RealClock().now() + TO_START)} x {speed}"
        plan = Plan(
            tmp_path / "home",
            "kafka" if wire == "kafka" else "postgres",
            kafka,
            clock,
            policies,
            dict(zip(SERVICES, free(len(SERVICES)), strict=True)),
            environment={
                "TOCSIN_SMTP": f"{mail.host}:{mail.port}",
                "TOCSIN_WEBHOOK_SECRET": SECRET,
                "TOCSIN_WEBHOOK_ALLOW": "127.0.0.1",
                "TOCSIN_TOPIC_PREFIX": f"system-{os.getpid()}-{tmp_path.name}.",
            },
        )
        plan.home.mkdir()
        system = await leaving.enter_async_context(services(plan, Ground(postgres_url, kafka), quiet))
        key = await system.key("api-key", TENANT, sorted({event.source for event in events}))
        target = Target(plan.url("intake"), plan.url("clock"), key)
        book = book_for(events, policies, "servicenow")

        async def told() -> Replayed:
            with (tmp_path / "replay.txt").open("w") as words:
                replayed = await replay(target, events, book, end, speed=None, console=Console(file=words))
            assert replayed is not None
            return replayed

        yield World(system, mail, hook), lambda: asyncio.create_task(told())


def quiet(name: str, line: str) -> None:
    """The services' words are in their logs."""


@pytest.fixture
def fresh_system(postgres_url: str) -> Iterator[str]:
    """The server's URL; the database that a system makes there goes afterwards."""
    yield postgres_url
    for database in ("tocsin", "tocsin_kafka"):
        asyncio.run(drop_database(postgres_url, database))
