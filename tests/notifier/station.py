"""The notifier, whole, over a fresh database and the Postgres wire, with real receivers around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
from pydantic import SecretStr

from services.notifier.settings import NotifierSettings
from services.notifier.wiring import Notifier, open_channels
from shared.contracts.envelope import Fact, Said
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, DELIVERIES, ESCALATIONS
from shared.ops import access
from shared.ops.access import create_key
from shared.ops.clock import RealClock
from shared.ops.database import Engine, connect, migrate
from shared.policy.directory import Contact, Customer, Directory
from shared.policy.roster import Channel, Person
from shared.stream.codec import decode, encode
from shared.stream.wire import Record, Wire
from shared.stream.wire_postgres import PostgresWire
from tests.notifier.desk import KEY
from tests.support.receivers import Mailbox, PagerDuty, Webhook, mailbox, pagerduty, webhook

PARTITIONS = 2
TOPICS = (CASES, CLOCKS, ESCALATIONS, DELIVERIES, ACKNOWLEDGEMENTS)


class HastyClock(RealClock):
    """Real time with short patience: leases and back-off last a hundredth."""

    def span(self, real_us: int) -> int:
        return real_us // 100


@dataclass
class Station:
    """A running notifier, and what a test does with it."""

    settings: NotifierSettings
    database: Engine
    wire: Wire
    clock: RealClock
    directory: Directory
    hook: Webhook
    box: Mailbox
    duty: PagerDuty
    key: str = ""
    sequences: dict[str, int] = field(default_factory=dict)

    async def tell(self, topic: str, said: Said, key: str = KEY) -> None:
        number = self.sequences[topic + key] = self.sequences.get(topic + key, 0) + 1
        fact = Fact(key, self.clock.now(), said, "test", f"{topic}-{number}", topic, number)
        await self.wire.publish([encode(fact, PARTITIONS)])

    async def said(self, topic: str, wanted: int) -> list[Fact]:
        """What is on a topic, once that many facts are."""
        reader = self.wire.reader("test")
        reader.assign({(topic, partition): 0 for partition in range(PARTITIONS)})
        read: list[Record] = []
        async with asyncio.timeout(20):
            while len(read) < wanted:
                read += await reader.read(frozenset())
        await reader.close()
        return [decode(record) for record in read]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[httpx.AsyncClient]:
        """The notifier runs for the length of the block; one that is cancelled did not say goodbye."""
        stop = asyncio.Event()
        async with open_channels(self.settings, self.database, self.clock) as channels:
            notifier = Notifier(self.settings, self.database, self.wire, self.clock, self.directory, channels)
            transport = httpx.ASGITransport(notifier.app)
            async with (
                httpx.AsyncClient(transport=transport, base_url="http://notifier.example") as client,
                asyncio.TaskGroup() as group,
            ):
                group.create_task(notifier.engine.run(stop))
                group.create_task(notifier.door.run(stop))
                try:
                    yield client
                finally:
                    stop.set()


@asynccontextmanager
async def station(urls: dict[str, str], clock: RealClock | None = None) -> AsyncIterator[Station]:
    async with AsyncExitStack() as leaving:
        await migrate(urls["admin"], "wire", Path("shared/stream/wire_migrations"))
        await migrate(urls["admin"], access.SCHEMA, access.MIGRATIONS)
        await migrate(urls["notifier"], "notifier", Path("services/notifier/migrations"))
        hook = await leaving.enter_async_context(webhook())
        box = await leaving.enter_async_context(mailbox())
        duty = await leaving.enter_async_context(pagerduty())
        admin = connect(urls["admin"], application="test", pool=1)
        database = connect(urls["notifier"], application="test", schema="notifier")
        wire = PostgresWire(connect(urls["notifier"], application="wire", schema="wire", pool=8))
        for opened in (admin, database):
            leaving.push_async_callback(opened.dispose)
        leaving.push_async_callback(wire.close)
        await wire.prepare(TOPICS, PARTITIONS)
        settings = NotifierSettings(
            database_url=SecretStr(urls["notifier"]),
            partitions=PARTITIONS,
            link_base="http://notifier.example",
            link_secret=SecretStr("l" * 32),
            webhook_secret=SecretStr("whsec_" + "bmV3" * 12),
            webhook_allow="127.0.0.1",
            pagerduty_keys=SecretStr(f"ops: {'r' * 32}"),
            pagerduty_url=duty.url,
            smtp=f"{box.host}:{box.port}",
            instance="test",
        )
        channels = (Channel("webhook", hook.url), Channel("email", "anna@x.example"))
        directory = Directory(
            customers={
                "acme": Customer("acme", "Acme", "demo", contacts=(Contact("Carla", "carla@acme.example"),))
            },
            people={
                "anna": Person("anna", "Anna", "Europe/Copenhagen", channels=channels),
                "dora": Person("dora", "Dora", channels=(Channel("pagerduty", "ops"),)),
            },
        )
        key = await create_key(admin, "acme", ["test"])
        yield Station(settings, database, wire, clock or RealClock(), directory, hook, box, duty, key)
