"""Settings in, a runnable process out: the only place where the clock service's parts meet."""

import asyncio
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from services.clock.api.clocks import StateOf, clocks_router
from services.clock.domain.case import HEEDS, CaseClocks
from services.clock.domain.decide import decide
from services.clock.settings import ClockSettings
from shared.contracts.topics import CASES, CLOCKS, DELIVERIES, REFUSALS
from shared.ops import problems
from shared.ops.access import Access
from shared.ops.case_path import CasePaths
from shared.ops.clock import Clock, RealClock
from shared.ops.clock_alignment import keep_aligned
from shared.ops.database import Engine as Database
from shared.ops.health import Check, database_answers, health_router
from shared.ops.process import Loop, together
from shared.ops.reader import Reader, reader
from shared.ops.release import RELEASE
from shared.ops.server import bind, serve
from shared.policy.book import PolicyBook
from shared.policyfiles import load_policies
from shared.stream.engine import Engine
from shared.stream.ground import Ground
from shared.stream.process import Process
from shared.stream.reading import state_of
from shared.stream.standing import standing
from shared.stream.wire import Wire

NAME = "clock"


def clock_process(book: PolicyBook) -> Process[CaseClocks]:
    """The clock service, to the kit."""
    under = f"{RELEASE}, policies {book.digest}"
    hears = (CASES, DELIVERIES)
    decided = partial(decide, book)
    return Process(NAME, hears, CLOCKS, CaseClocks, decided, under=under, heeds=HEEDS, aside=(REFUSALS,))


def wire(settings: ClockSettings) -> Loop:
    """What to run."""

    async def main(stop: asyncio.Event) -> None:
        async with standing(settings, NAME) as (database, stream, clock):
            book = load_policies(settings.policies)
            await ClockService(settings, database, stream, clock, book).run(stop)

    return main


class ClockService:
    """The service, put together over a database, a wire, a clock and a book of policies."""

    def __init__(
        self, settings: ClockSettings, database: Database, wire: Wire, clock: Clock, book: PolicyBook
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        process = clock_process(book)
        self._engine = Engine(process, Ground(database, wire, clock, settings.partitions, settings.instance))
        read = reader(Access(database, clock))
        checks = {"database": database_answers(database), "stream": self._engine.missing}
        self.app = build_app(read, partial(state_of, database, process), book, clock, checks)

    async def run(self, stop: asyncio.Event) -> None:
        loops: dict[str, Loop] = {
            "engine": self._engine.run,
            "http": partial(serve, self.app, bind(self._settings.listen)),
        }
        if isinstance(self._clock, RealClock):
            loops["clock"] = partial(keep_aligned, self._clock, self._database)
        await together(stop, **loops)


def build_app(
    read: Reader, states: StateOf, book: PolicyBook, clock: Clock, checks: dict[str, Check]
) -> FastAPI:
    """The HTTP side, without a server."""
    app = FastAPI(
        title="Tocsin clock",
        version="1",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(CasePaths)],
    )
    problems.install(app)
    app.include_router(clocks_router(read, states, book, clock))
    app.include_router(health_router(checks))
    return app
