"""Where products are treated: a PostgreSQL with a database copied for each, and receivers of its own."""

import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.provisioning import SERVICES, prepare
from shared.contracts.instant import render
from shared.ops.clock import RealClock, parse_clock
from shared.ops.database import create_database, drop_database, with_database
from tests.chaos.outside import VERBS, directory, outside
from tests.chaos.stage import POLICIES, ROUTING_KEY, SECRET
from tests.mutants.mutant import Mutant, copy_of_the_product, made
from tests.mutants.patient import NoTreatment, Outcome, Patient
from tests.mutants.treatments import Treatment
from tests.support.receivers import Answer

TEMPLATE = "mutants"
SPEED = 10
ORIGIN = "2026-01-05T09:00:00Z"
TRIES = 3
"""Of a treatment that did not come to pass."""
VERBS_HERE = {**VERBS, "refuse it": Answer(400, body=b"no such thing")}


class Ward:
    """Where they are treated: a PostgreSQL, with a database that is copied for each."""

    def __init__(self, server: str, urls: dict[str, str]) -> None:
        self._server = server
        self._urls = urls

    async def treat(self, treatment: Treatment, mutant: Mutant | None = None) -> Outcome:
        """Raises NoTreatment, after some tries."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(NoTreatment):
                return await self._treat(treatment, mutant)
        return await self._treat(treatment, mutant)

    async def _treat(self, treatment: Treatment, mutant: Mutant | None) -> Outcome:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="tocsin-mutant-") as place:
            tree, folder = copy_of_the_product(Path(place, "tree"), mutant), made(Path(place, "home"))
            name = f"mutant_{os.getpid()}"
            url = await create_database(self._server, name, TEMPLATE)
            try:
                async with self._patient(tree, folder, url, treatment) as patient:
                    await patient.live()
                    outcome = await patient.judged()
            finally:
                await drop_database(self._server, name)
        outcome.seconds = time.monotonic() - began
        return outcome

    @asynccontextmanager
    async def _patient(
        self, tree: Path, folder: Path, url: str, treatment: Treatment
    ) -> AsyncIterator[Patient]:
        async with outside() as world:
            clock = f"{ORIGIN}@{render(RealClock().now())} x {SPEED}"
            world.clock = parse_clock(clock)
            policies = folder / "policies"
            policies.mkdir()
            for name in ("chaos.yaml", "probe.yaml"):
                (policies / name).write_text((POLICIES / name).read_text())
            (policies / "directory.yaml").write_text(directory(POLICIES / "directory.yaml", world))
            database = url.rpartition("/")[2]
            (folder / "world.json").write_text(
                json.dumps(
                    {
                        "urls": {name: with_database(own, database) for name, own in self._urls.items()},
                        "clock": clock,
                        "policies": str(policies),
                        "environment": {
                            "TOCSIN_SMTP": f"{world.mail.host}:{world.mail.port}",
                            "TOCSIN_WEBHOOK_SECRET": SECRET,
                            "TOCSIN_WEBHOOK_ALLOW": "127.0.0.1",
                            "TOCSIN_PAGERDUTY_URL": world.pager.url,
                            "TOCSIN_PAGERDUTY_KEYS": f"chaos: {ROUTING_KEY}",
                            "TOCSIN_LINK_SECRET": "x" * 64,
                        },
                    }
                )
            )
            if treatment.receivers:
                world.answer(VERBS_HERE[treatment.receivers])
            over = asyncio.Event()
            async with asyncio.TaskGroup() as around:
                around.create_task(world.watch(over))
                try:
                    yield Patient(tree, folder, url, clock, treatment, world)
                finally:
                    over.set()


@asynccontextmanager
async def ward(server: str) -> AsyncIterator[Ward]:
    """For as long as the block lasts. `server` is a superuser's URL."""
    template = await create_database(server, TEMPLATE)
    try:
        yield Ward(server, await prepare(template, dict.fromkeys(SERVICES, "mutants")))
    finally:
        await drop_database(server, TEMPLATE)
