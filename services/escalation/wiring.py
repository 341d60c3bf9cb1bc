"""Settings in, a runnable process out: the only place where the escalation service's parts meet."""

import asyncio
from functools import partial

from fastapi import FastAPI
from prometheus_client import Counter, Gauge
from starlette.middleware import Middleware

from services.escalation.api.escalation import StateOf, escalation_router
from services.escalation.api.on_call import on_call_router
from services.escalation.domain.case import CaseEscalation
from services.escalation.domain.decide import HEEDS, decide
from services.escalation.domain.endings import NOBODY
from services.escalation.settings import EscalationSettings
from shared.contracts.decision import Decision, Heard
from shared.contracts.escalation import LadderEnded, StepSkipped
from shared.contracts.instant import DAY, SECOND
from shared.contracts.topics import ACKNOWLEDGEMENTS, CASES, CLOCKS, DELIVERIES, ESCALATIONS
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
from shared.policy.directory import Directory
from shared.policyfiles import load_policies
from shared.stream.engine import Engine
from shared.stream.ground import Ground
from shared.stream.process import Process
from shared.stream.reading import state_of
from shared.stream.standing import standing
from shared.stream.wire import Wire

NAME = "escalation"

LADDERS_WITH_NOBODY = Counter(
    "tocsin_ladders_with_nobody_total", "Ladders that ended because there was nobody for any of their steps."
)
"""Any: the directory leaves an instant uncovered; GET /v1/on-call shows when."""

STEPS_SKIPPED = Counter(
    "tocsin_steps_skipped_total", "Steps without a receiver, overtaken, or without a reason to be said."
)

UNCOVERED = Gauge(
    "tocsin_team_uncovered_seconds", "How much of the next 7 days nobody of a team can be asked.", ["team"]
)
"""More than its off-hours: a shift has lost its people (leave, holidays), and its pages go to the manager."""


def escalation_process(book: PolicyBook) -> Process[CaseEscalation]:
    """The escalation service, to the kit."""
    hears = (CASES, CLOCKS, ACKNOWLEDGEMENTS, DELIVERIES)
    under = f"{RELEASE}, policies {book.digest}"
    decided = partial(_counted, book)
    return Process(NAME, hears, ESCALATIONS, CaseEscalation, decided, under=under, heeds=HEEDS)


def wire(settings: EscalationSettings) -> Loop:
    """What to run."""

    async def main(stop: asyncio.Event) -> None:
        async with standing(settings, NAME) as (database, stream, clock):
            book = load_policies(settings.policies)
            await EscalationService(settings, database, stream, clock, book).run(stop)

    return main


class EscalationService:
    """The service, put together over a database, a wire, a clock and a book of policies."""

    def __init__(
        self, settings: EscalationSettings, database: Database, wire: Wire, clock: Clock, book: PolicyBook
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        process = escalation_process(book)
        self._engine = Engine(process, Ground(database, wire, clock, settings.partitions, settings.instance))
        read = reader(Access(database, clock))
        checks = {"database": database_answers(database), "stream": self._engine.missing}
        self.app = build_app(read, partial(state_of, database, process), book.directory, clock, checks)
        for team in book.directory.teams:
            UNCOVERED.labels(team).set_function(partial(_uncovered, book.directory, team, clock))

    async def run(self, stop: asyncio.Event) -> None:
        loops: dict[str, Loop] = {
            "engine": self._engine.run,
            "http": partial(serve, self.app, bind(self._settings.listen)),
        }
        if isinstance(self._clock, RealClock):
            loops["clock"] = partial(keep_aligned, self._clock, self._database)
        await together(stop, **loops)


def build_app(
    read: Reader, states: StateOf, directory: Directory, clock: Clock, checks: dict[str, Check]
) -> FastAPI:
    """The HTTP side, without a server."""
    app = FastAPI(
        title="Tocsin escalation",
        version="1",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(CasePaths)],
    )
    problems.install(app)
    app.include_router(escalation_router(read, states, clock))
    app.include_router(on_call_router(read, directory, clock))
    app.include_router(health_router(checks))
    return app


def _counted(
    book: PolicyBook, state: CaseEscalation | None, heard: Heard, now: int
) -> Decision[CaseEscalation]:
    """`decide`, with what operators must see of it counted."""
    decision = decide(book, state, heard, now)
    for saying in decision.says:
        match saying.data:
            case LadderEnded(why=why) if why == NOBODY:
                LADDERS_WITH_NOBODY.inc()
            case StepSkipped():
                STEPS_SKIPPED.inc()
            case _:
                pass
    return decision


def _uncovered(directory: Directory, team: str, clock: Clock) -> float:
    now = clock.now()
    return sum(until - since for since, until in directory.uncovered([team], now, now + 7 * DAY)) / SECOND
