"""A running intake over a fresh database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.intake import Station, station


@pytest.fixture
async def door(service_urls: dict[str, str]) -> AsyncIterator[Station]:
    async with station(service_urls) as running:
        yield running
