"""Settings in, a runnable process out: the only place where the notifier's parts meet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.notifier.api.acknowledge import AcknowledgePage
from services.notifier.api.deliveries import deliveries_router
from services.notifier.api.pages import pages_router
from services.notifier.channels.channel import Channel
from services.notifier.channels.console import Console
from services.notifier.channels.email import Email, MailServer
from services.notifier.channels.guard import Guard
from services.notifier.channels.pagerduty import PagerDuty
from services.notifier.channels.posting import Poster
from services.notifier.channels.switch import Switch
from services.notifier.channels.voice import Voice
from services.notifier.channels.webhook import Webhook
from services.notifier.domain.acknowledging import Acknowledged, Acknowledging
from services.notifier.domain.case import decide
from services.notifier.domain.hearing import HEEDS
from services.notifier.domain.ledger import CaseDeliveries
from services.notifier.domain.outcome import CallEnded
from services.notifier.domain.world import World, world_of
from services.notifier.settings import NotifierSettings
from services.notifier.store import acknowledged, admit, switch_off, switched_off
from shared.contracts.decision import Decision, Heard
from shared.contracts.instant import DAY, Instant
from shared.contracts.notifier import DeliveryFailed
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, DELIVERIES, ESCALATIONS
from shared.ops import metrics, problems
from shared.ops.access import Access
from shared.ops.case_path import CasePaths
from shared.ops.clock import Clock, RealClock
from shared.ops.clock_alignment import keep_aligned
from shared.ops.database import Engine as Database
from shared.ops.health import database_answers, health_router
from shared.ops.process import Loop, together
from shared.ops.reader import reader
from shared.ops.release import RELEASE
from shared.ops.server import bind, serve
from shared.policy.directory import Directory
from shared.policyfiles import load_policies
from shared.stream.door import Door
from shared.stream.engine import Engine
from shared.stream.ground import Ground
from shared.stream.process import Caller, Process
from shared.stream.reading import state_of
from shared.stream.standing import standing
from shared.stream.submissions import Submission
from shared.stream.wire import Wire

NAME = "notifier"


def notifier_process(
    directory: Directory, span: Callable[[int], int], call: Caller | None = None
) -> Process[CaseDeliveries]:
    """The notifier, to the kit. `span` says how much product time passes in a physical wait."""
    return Process(
        NAME,
        (CASES, CLOCKS, ESCALATIONS, ACKNOWLEDGEMENTS),
        DELIVERIES,
        CaseDeliveries,
        partial(counted, world_of(directory, span)),
        call,
        under=f"{RELEASE}, directory {directory.digest}, x {span(1)}",
        outcomes=(CallEnded,),
        heeds=HEEDS,
    )


def wire(settings: NotifierSettings) -> Loop:
    """What to run."""

    async def main(stop: asyncio.Event) -> None:
        async with standing(settings, NAME) as (database, stream, clock):
            directory = load_policies(settings.policies).directory
            async with open_channels(settings, database, clock) as channels:
                await Notifier(settings, database, stream, clock, directory, channels).run(stop)

    return main


class Notifier:
    """The service, put together over a database, a wire, a clock, a directory and channels."""

    def __init__(
        self,
        settings: NotifierSettings,
        database: Database,
        wire: Wire,
        clock: Clock,
        directory: Directory,
        channels: Mapping[str, Channel],
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        secrets = settings.link_secrets()
        voice = Voice(channels, clock, settings.link_base, secrets)
        self.process = notifier_process(directory, clock.span, voice.call)
        ground = Ground(database, wire, clock, settings.partitions, settings.instance)
        self.engine = Engine(self.process, ground)
        self.door: Door[Acknowledging, Acknowledged] = Door(
            ACKNOWLEDGEMENTS, admit, ground, self.engine.leases
        )
        ledger = partial(state_of, database, self.process)
        page = AcknowledgePage(ledger, partial(acknowledged, database), self.acknowledge, clock, secrets)
        known = reader(Access(database, clock))
        self.app = FastAPI(
            title="Tocsin notifier",
            version="1",
            redirect_slashes=False,
            docs_url=None,
            redoc_url=None,
            middleware=[Middleware(CasePaths)],
        )
        problems.install(self.app)
        self.app.include_router(page.router())
        self.app.include_router(pages_router(known, ledger, self.acknowledge))
        self.app.include_router(deliveries_router(known, ledger))
        self.app.include_router(
            health_router({"database": database_answers(database), "stream": self.engine.missing})
        )

    async def acknowledge(self, asked: Acknowledging) -> Acknowledged:
        """Durable when it returns. Raises Unavailable when it cannot be made so."""
        return (await self.door.submit([Submission(asked.key, asked)]))[0]

    async def run(self, stop: asyncio.Event) -> None:
        loops: dict[str, Loop] = {
            "deliveries": self.engine.run,
            "door": self.door.run,
            "http": partial(serve, self.app, bind(self._settings.listen)),
        }
        if isinstance(self._clock, RealClock):
            loops["clock"] = partial(keep_aligned, self._clock, self._database)
        await together(stop, **loops)


def mail_server(settings: NotifierSettings) -> MailServer | None:
    host, _, port = settings.smtp.rpartition(":")
    if not host:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return MailServer(
        host.strip("[]"), int(port), settings.mail_from, settings.smtp_tls, settings.smtp_user, password
    )


@asynccontextmanager
async def open_channels(
    settings: NotifierSettings, database: Database, clock: Clock
) -> AsyncIterator[Mapping[str, Channel]]:
    """Every channel that is set up, by the name that the directory calls it."""

    async def read() -> frozenset[str]:
        return await switched_off(database, clock.real_now() - DAY)

    async def write(url: str) -> None:
        await switch_off(database, url, clock.real_now())

    poster = Poster(Guard(settings.allowed()), clock)
    webhook = Webhook(
        settings.endpoints(), settings.webhook_keys(), poster, Switch(read, write, clock), clock
    )
    channels: dict[str, Channel] = {"console": Console(settings.console_file), "webhook": webhook}
    server, keys = mail_server(settings), settings.routing_keys()
    if server is not None:
        channels["email"] = Email(server, clock)
    elif settings.smtp == "console":
        channels["email"] = channels["console"]
    if keys:
        channels["pagerduty"] = PagerDuty(keys, poster, settings.pagerduty_url)
    try:
        yield channels
    finally:
        await poster.close()


def counted(
    world: World, state: CaseDeliveries | None, heard: Heard, now: Instant
) -> Decision[CaseDeliveries]:
    """`decide`, and a count of what reached nobody at all."""
    decision = decide(world, state, heard, now)
    for saying in decision.says:
        if isinstance(saying.data, DeliveryFailed) and saying.data.fallback is None:
            metrics.UNREACHED.inc()
    return decision
