"""What a service stands on, opened from its settings and closed after it: clock, database, wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ops.clock import Clock, parse_clock
from shared.ops.database import connect
from shared.ops.logging import configure
from shared.ops.settings import ProcessSettings
from shared.stream.wire import Wire
from shared.stream.wires import open_wire

CONNECTIONS = 12


class Standing(NamedTuple):
    database: AsyncEngine
    """Looks names up in the service's own schema."""
    wire: Wire
    clock: Clock


@asynccontextmanager
async def standing(settings: ProcessSettings, service: str) -> AsyncIterator[Standing]:
    """Everything for as long as the block lasts; nothing is connected before it is used."""
    clock = parse_clock(settings.clock)
    configure(settings.log, service, clock)
    url = settings.database_url.get_secret_value()
    database = connect(url, application=f"tocsin {service}", pool=CONNECTIONS, schema=service)
    wire = open_wire(
        settings.wire, database_url=url, kafka=settings.kafka, service=service, prefix=settings.topic_prefix
    )
    try:
        yield Standing(database, wire, clock)
    finally:
        await wire.close()
        await database.dispose()
