"""A running intake over a fresh database, copied from one that has its tables already."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.ops.database import create_database, drop_database, with_database
from tests.support.intake import Station, make_tables, station


@pytest.fixture(scope="session")
def provisioned(
    postgres_url: str, provisioned: tuple[str, dict[str, str]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """As everywhere, and migrated: what `service_urls` copies for each test."""
    bare, urls = provisioned
    name = f"intake_{secrets.token_hex(6)}"
    with asyncio.Runner() as runner:
        admin = runner.run(create_database(postgres_url, name, bare))
        mine = {service: with_database(url, name) for service, url in urls.items()}
        runner.run(make_tables(mine | {"admin": admin}))
        yield name, mine
        runner.run(drop_database(postgres_url, name))


@pytest.fixture
async def door(service_urls: dict[str, str]) -> AsyncIterator[Station]:
    async with station(service_urls) as running:
        yield running
