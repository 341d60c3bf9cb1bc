"""Settings in, a runnable process out: the only place where intake's parts meet."""

import asyncio
from functools import partial

import structlog
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp

from services.intake.api.cases import CaseReads, case_router
from services.intake.api.clock import clock_router
from services.intake.api.described import describe
from services.intake.api.docs import docs_router
from services.intake.api.events import EventsDoor
from services.intake.api.front import PATH, Front
from services.intake.domain.admission import Posted, Verdict
from services.intake.domain.refusals import HEEDS, Refusals, note
from services.intake.settings import IntakeSettings
from services.intake.store import Journal, cases_of, history, waiting
from shared.contracts.topics import CASES, REFUSALS
from shared.ops import metrics, problems
from shared.ops.access import Access
from shared.ops.case_path import CasePaths
from shared.ops.clock import Clock, RealClock
from shared.ops.clock_alignment import keep_aligned
from shared.ops.database import Engine as Database
from shared.ops.health import Check, database_answers, health_router
from shared.ops.process import Loop, together
from shared.ops.release import RELEASE
from shared.ops.server import bind, serve
from shared.policy.book import PolicyBook
from shared.policyfiles import load_policies
from shared.stream.door import Door
from shared.stream.engine import Engine
from shared.stream.ground import Ground
from shared.stream.process import Process
from shared.stream.reading import state_of
from shared.stream.standing import standing
from shared.stream.transient import TryAgain, transient
from shared.stream.waiting import first
from shared.stream.wire import Wire

NAME = "intake"
EYES = 15.0
"""Seconds between looks at what waits for its opening."""
NOTED: Process[Refusals] = Process(NAME, (REFUSALS,), "", Refusals, note, under=RELEASE, heeds=HEEDS)
"""Hears what the clocks refused; says nothing: `cases` is the door's."""

_log = structlog.get_logger(__name__)


def wire(settings: IntakeSettings) -> Loop:
    """What to run."""

    async def main(stop: asyncio.Event) -> None:
        async with standing(settings, NAME) as (database, stream, clock):
            book = load_policies(settings.policies)
            await Intake(settings, database, stream, clock, book).run(stop)

    return main


class Intake:
    """The service, put together over a database, a wire, a clock and a book of policies."""

    def __init__(
        self, settings: IntakeSettings, database: Database, wire: Wire, clock: Clock, book: PolicyBook
    ) -> None:
        ground = Ground(database, wire, clock, settings.partitions, settings.instance)
        self._settings = settings
        self._database = database
        self._clock = clock
        self.refusals = Engine(NOTED, ground)
        journal = Journal(book)
        self.door: Door[Posted, Verdict] = Door(CASES, journal.admit, ground, self.refusals.leases)
        access = Access(database, clock, notes_use=True)
        events = EventsDoor(self.door, access, book, partial(cases_of, database), clock, settings.limits())
        reads = CaseReads(partial(history, database), partial(state_of, database, NOTED))
        self.app = build_app(events, access, reads, clock, {"database": database_answers(database)})

    async def run(self, stop: asyncio.Event) -> None:
        loops: dict[str, Loop] = {
            "door": self.door.run,
            "refusals": self.refusals.run,
            "http": partial(serve, self.app, bind(self._settings.listen)),
            "waiting": self._watch_waiting,
        }
        if isinstance(self._clock, RealClock):
            loops["clock"] = partial(keep_aligned, self._clock, self._database)
        await together(stop, **loops)

    async def _watch_waiting(self, stop: asyncio.Event) -> None:
        """Show how much waits for its case to be opened, and warn of what waits too long."""
        alarm = self._settings.waiting_alarm_seconds * 1_000_000
        while not stop.is_set():
            try:
                with transient():
                    events, since = await waiting(self._database)
                metrics.WAITING_FOR_OPENING.set(events)
                if since is not None and self._clock.now() - since > alarm:
                    _log.warning("cases are spoken of that nobody opened", events=events, since=since)
            except TryAgain as away:
                _log.warning("what waits cannot be counted", why=str(away))
            await first(stop, within=EYES)


def build_app(
    events: EventsDoor, access: Access, reads: CaseReads, clock: Clock, checks: dict[str, Check]
) -> ASGIApp:
    """The HTTP side, without a server."""
    app = FastAPI(
        title="Tocsin intake",
        version="1",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(CasePaths)],
    )
    problems.install(app)
    # Never reached, but known: other methods hear 405, and what is allowed.
    app.router.routes.append(Route(PATH, events, methods=["POST"], include_in_schema=False))
    app.include_router(case_router(access, reads))
    app.include_router(clock_router(clock))
    app.include_router(health_router(checks))
    app.include_router(docs_router())
    describe(app)
    return Front(problems.guarded(events), app)
