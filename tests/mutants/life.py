"""The four services in one process, for a treatment to be done to them.

FOLDER/world.json says where everything is. What was taken by the door is written to FOLDER/told, a line an
event, once the answer is there: the outside truth.
"""

import asyncio
import json
import os
from asyncio import TaskGroup
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from cli.events import Event
from services.clock.wiring import clock_process
from services.escalation.wiring import escalation_process
from services.intake.domain.admission import Posted, Taken, Verdict
from services.intake.domain.event import Event as Checked
from services.intake.domain.event import check
from services.intake.domain.json_text import Item, read
from services.intake.store import ANY_TIME, Journal
from services.intake.wiring import NOTED
from services.notifier.channels.voice import Voice
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import notifier_process, open_channels
from shared.contracts.topics import CASES
from shared.ops.clock import parse_clock
from shared.ops.database import connect
from shared.ops.logging import configure
from shared.policyfiles import load_policies
from shared.stream.door import Door, Unavailable
from shared.stream.engine import Engine
from shared.stream.ground import Ground
from shared.stream.submissions import Submission
from shared.stream.wire import Record
from shared.stream.wires import open_wire
from tests.mutants.faults import Faults

SERVICES = ("intake", "clock", "escalation", "notifier")
PARTITIONS = 8
TENANT = SOURCE = "chaos"
LEASE = 1.0
"""Seconds."""
Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


class Life:
    """What a treatment does with it. `owner` names the instance."""

    def __init__(self, folder: Path, tasks: TaskGroup) -> None:
        self.folder = folder
        self.owner = "one"
        self.faults = Faults()
        world = json.loads((folder / "world.json").read_text())
        self._urls: dict[str, str] = world["urls"]
        os.environ.update(world["environment"])
        self.clock = parse_clock(world["clock"])
        self.book = load_policies(Path(world["policies"]))
        self._tasks = tasks
        self._running: dict[str, tuple[asyncio.Event, asyncio.Task[None]]] = {}
        self._door: Door[Posted, Verdict] | None = None
        self._taken = set(self._told_before())
        configure("console", "life", self.clock)

    @property
    def begun(self) -> int:
        """The product instant at which the story begins, the same in every life."""
        written = self.folder / "begun"
        if not written.exists():
            written.write_text(str(self.clock.now()))
        return int(written.read_text())

    def mark(self, name: str) -> None:
        """Let those outside know."""
        (self.folder / name).touch()

    async def start(self, *services: str) -> None:
        for service in services:
            stop = asyncio.Event()
            ready = asyncio.Event()
            self._running[service] = stop, self._tasks.create_task(self._serve(service, stop, ready))
            await ready.wait()

    async def stop(self, *services: str) -> None:
        for service in services:
            stop, task = self._running.pop(service)
            stop.set()
            await task

    async def stop_all(self) -> None:
        await self.stop(*self._running)

    async def _serve(self, service: str, stop: asyncio.Event, ready: asyncio.Event) -> None:
        async with AsyncExitStack() as leaving:
            url = self._urls[service]
            database = connect(url, application=f"tocsin {service}", schema=service)
            leaving.push_async_callback(database.dispose)
            wire = open_wire("postgres", database_url=url, kafka="", service=service)
            leaving.push_async_callback(wire.close)
            self.faults.watch_commits(service, database)
            self.faults.watch_publishing(service, wire)
            ground = Ground(database, wire, self.clock, PARTITIONS, self.owner, LEASE)
            loops: list[Loop] = []
            match service:
                case "intake":
                    refusals = Engine(NOTED, ground)
                    admit = Journal(self.book).admit
                    self._door = Door(CASES, admit, ground, refusals.leases)
                    loops = [refusals.run, self._door.run]
                case "clock":
                    loops = [Engine(clock_process(self.book), ground).run]
                case "escalation":
                    loops = [Engine(escalation_process(self.book), ground).run]
                case _:
                    settings = NotifierSettings(database_url=SecretStr(url))
                    channels = await leaving.enter_async_context(
                        open_channels(settings, database, self.clock)
                    )
                    voice = Voice(channels, self.clock, settings.link_base, settings.link_secrets())
                    process = notifier_process(self.book.directory, self.clock.span, voice.call)
                    loops = [Engine(process, ground).run]
            ready.set()
            async with TaskGroup() as running:
                for loop in loops:
                    running.create_task(loop(stop))

    async def tell(self, *events: Event, again: bool = False) -> None:
        """Post each until it is taken; what a former life was thanked for is told only `again`."""
        for event in events:
            if event.id in self._taken and not again:
                continue
            item = read(json.dumps(event.as_json()).encode(), 1)
            checked = check(item, self.clock.now(), ANY_TIME) if isinstance(item, Item) else None
            if not isinstance(checked, Checked):
                raise TypeError(f"the story tells nonsense: {checked}")
            posted = Posted(TENANT, checked)
            while not (answer := await self._answered(posted)):
                await asyncio.sleep(0.05)
            self._taken.add(event.id)
            with (self.folder / "told").open("a") as told:
                told.write(f"{event.id} {answer}\n")

    async def _answered(self, posted: Posted) -> str:
        """202, or why not; empty where it must be asked again."""
        if self._door is None:
            return ""
        try:
            [verdict] = await self._door.submit([Submission(posted.key, posted)])
        except Unavailable:
            return ""
        return "202" if isinstance(verdict, Taken) else f"{verdict.status}, {verdict.detail}"

    def _told_before(self) -> list[str]:
        told = self.folder / "told"
        return [line.partition(" ")[0] for line in told.read_text().splitlines()] if told.exists() else []

    async def until(self, service: str, query: str) -> None:
        """Wait until the service's database answers with a true value."""
        engine = connect(self._urls[service], application="life", schema=service, pool=1)
        try:
            async with asyncio.timeout(20):
                while True:
                    async with engine.connect() as conn:
                        if (await conn.execute(text(query))).scalar_one():
                            return
                    await asyncio.sleep(0.02)
        finally:
            await engine.dispose()

    async def execute(self, service: str, statement: str) -> None:
        engine = connect(self._urls[service], application="life", schema=service, pool=1)
        try:
            async with engine.begin() as conn:
                await conn.execute(text(statement))
        finally:
            await engine.dispose()

    async def publish(self, record: Record) -> None:
        """Put something on the wire past everybody."""
        wire = open_wire("postgres", database_url=self._urls["intake"], kafka="", service="life")
        try:
            await wire.publish([record])
        finally:
            await wire.close()

    async def wait_until(self, product: int) -> None:
        await self.clock.sleep_until(product)
