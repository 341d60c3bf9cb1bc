"""Keys: made once, kept as hashes, believed for a few seconds, ended."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ops import access
from shared.ops.access import Access, BadKey, Caller, create_key, list_keys, revoke_key
from shared.ops.database import connect, migrate
from tests.support.manual_clock import ManualClock

NOW = 1_800_000_000_000_000
DEMO = Caller("demo", frozenset({"demo"}))


@pytest.fixture
async def admin(service_urls: dict[str, str]) -> AsyncIterator[AsyncEngine]:
    await migrate(service_urls["admin"], access.SCHEMA, access.MIGRATIONS)
    engine = connect(service_urls["admin"], application="test", pool=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def intake(service_urls: dict[str, str], admin: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    engine = connect(service_urls["intake"], application="test", pool=2)
    yield engine
    await engine.dispose()


async def test_a_key_speaks_for_its_tenant_and_sources(admin: AsyncEngine, intake: AsyncEngine) -> None:
    key = await create_key(admin, "demo", ["demo"])
    checks = Access(intake)
    assert await checks.authenticate(f"Bearer {key}") == DEMO
    assert await checks.authenticate(f"bearer  {key} ") == DEMO


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Basic {key}",
        "{key}",
        "Bearer {key}x",
        "Bearer {wrong}",
        "Bearer {other}",
    ],
)
async def test_anything_else_speaks_for_nobody(admin: AsyncEngine, header: str | None) -> None:
    key = await create_key(admin, "demo", ["demo"])
    _, prefix, _ = key.split("_", 2)
    wrong = f"tocsin_{prefix}_{'A' * 43}"
    other = f"tocsin_{'0' * 12}_{'A' * 43}"
    header = header and header.format(key=key, wrong=wrong, other=other)
    assert await Access(admin).authenticate(header) is None


async def test_the_secret_is_nowhere_in_the_table(admin: AsyncEngine) -> None:
    key = await create_key(admin, "demo", ["demo"])
    async with admin.connect() as connection:
        row = (await connection.execute(text("SELECT to_json(k)::text FROM access.api_key k"))).scalar_one()
    assert key.split("_", 2)[2] not in row


async def test_a_revoked_key_ends_within_seconds(admin: AsyncEngine) -> None:
    clock = ManualClock(NOW)
    key = await create_key(admin, "demo", ["demo"], now=NOW)
    checks = Access(admin, clock)
    assert await checks.authenticate(f"Bearer {key}") == DEMO
    [listed] = await list_keys(admin)
    assert await revoke_key(admin, listed.prefix)
    assert not await revoke_key(admin, listed.prefix)
    assert await checks.authenticate(f"Bearer {key}") == DEMO
    await clock.advance(access.CACHED)
    assert await checks.authenticate(f"Bearer {key}") is None


async def test_an_expired_key_ends_at_its_instant(admin: AsyncEngine) -> None:
    clock = ManualClock(NOW)
    key = await create_key(admin, "demo", ["demo"], now=NOW, expires_at=NOW + 2)
    checks = Access(admin, clock)
    await clock.advance(1)
    assert await checks.authenticate(f"Bearer {key}") == DEMO
    await clock.advance(1)
    assert await checks.authenticate(f"Bearer {key}") is None


async def test_intake_notes_the_last_use_to_the_minute(admin: AsyncEngine, intake: AsyncEngine) -> None:
    clock = ManualClock(NOW)
    key = await create_key(admin, "demo", ["demo"], now=NOW)
    checks = Access(intake, clock, notes_use=True)
    for _ in range(25):
        await checks.authenticate(f"Bearer {key}")
        await clock.advance(access.CACHED)
    [listed] = await list_keys(admin)
    assert listed.last_used_at == NOW + 60_000_000 + access.CACHED


@pytest.mark.parametrize(
    ("tenant", "sources"), [("Demo", ["a"]), ("", ["a"]), ("a/b", ["a"]), ("demo", []), ("demo", [" "])]
)
async def test_a_key_that_cannot_be(admin: AsyncEngine, tenant: str, sources: list[str]) -> None:
    with pytest.raises(BadKey):
        await create_key(admin, tenant, sources)
