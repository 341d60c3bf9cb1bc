"""All faults: those of processes and servers, and receivers, clocks, poison, two at once."""

import asyncio
import signal
from random import Random

from cli.provisioning import SERVICES
from tests.chaos import process_faults, server_faults
from tests.chaos.cell import CELLS, Cell, Fault, cell
from tests.chaos.outside import VERBS
from tests.chaos.poison import poison
from tests.chaos.stage import Stage

__all__ = ["CELLS", "Cell", "process_faults", "server_faults"]

HOUR = 3600


def _receivers(words: str) -> Fault:
    async def misbehave(stage: Stage, rng: Random) -> str:
        seconds = rng.uniform(4, 12)
        stage.outside.answer(VERBS[words])
        try:
            await asyncio.sleep(seconds)
        finally:
            stage.outside.heal()
        return f"all receivers {words}, {seconds:.1f} s"

    return misbehave


for _name, _words in zip(("hang", "500", "429", "drop"), VERBS, strict=True):
    cell(f"receivers-{_name}")(_receivers(_words))


@cell("clock-step")
async def clock_step(stage: Stage, rng: Random) -> str:
    """The wall clock of a service's machine steps by an hour.

    Then the service begins anew with it wrong, and the database that knows better is silent for some seconds.
    """
    service, step = rng.choice(SERVICES), rng.choice((-HOUR, HOUR))
    stage.set_clock(service, step, 0)
    await asyncio.sleep(rng.uniform(2, 5))
    stage.plan.databases[service].silence()
    try:
        await stage.back(service, stage.signal(service, signal.SIGKILL))
        await asyncio.sleep(rng.uniform(2, 8))
    finally:
        stage.plan.databases[service].heal()
    await asyncio.sleep(rng.uniform(1, 3))
    stage.set_clock(service, 0, 0)
    return f"the wall clock of {service} wrong by {step:+d} s, killed meanwhile"


@cell("clock-slew")
async def clock_slew(stage: Stage, rng: Random) -> str:
    """As much as NTP does to a clock, in both directions."""
    service, seconds = rng.choice(SERVICES), rng.uniform(8, 15)
    for ppm in (500, -500):
        stage.set_clock(service, 0, ppm)
        await asyncio.sleep(seconds / 2)
    stage.set_clock(service, 0, 0)
    return f"the clock of {service} slewed by ±500 ppm, {seconds:.1f} s"


cell("poison", joins=False)(poison)


@cell("combined", joins=False)
async def combined(stage: Stage, rng: Random) -> str:
    """Two at once, begun within a second of each other."""
    two = rng.sample([one for one in CELLS.values() if one.joins and one.fits(stage)], 2)

    async def made(one: Cell) -> str:
        await asyncio.sleep(rng.uniform(0, 1))
        return await one.fault(stage, rng)

    told = await asyncio.gather(*(made(one) for one in two))
    return "; ".join(told)
