"""Engines, migrations, and who may touch what, on a real PostgreSQL."""

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.ops.database import connect, database_now, migrate

REVISIONS = Path(__file__).parent / "migrations_sample"


async def scalar(url: str, statement: str, **values: object) -> object:
    engine = connect(url, application="test", pool=1)
    try:
        async with engine.begin() as connection:
            return await connection.scalar(text(statement), values)
    finally:
        await engine.dispose()


async def execute(url: str, statement: str, **values: object) -> None:
    engine = connect(url, application="test", pool=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement), values)
    finally:
        await engine.dispose()


async def test_a_service_migrates_its_own_schema_and_remembers_it_there(service_urls: dict[str, str]) -> None:
    await migrate(service_urls["clock"], "clock", REVISIONS)
    assert await scalar(service_urls["clock"], "SELECT version_num FROM clock.migration") == "0002"
    columns = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'clock'"
    assert await scalar(service_urls["clock"], columns + " AND table_name = 'promise'") == 3


async def test_processes_that_migrate_at_once_queue_up(service_urls: dict[str, str]) -> None:
    await asyncio.gather(*(migrate(service_urls["clock"], "clock", REVISIONS) for _ in range(4)))
    assert await scalar(service_urls["clock"], "SELECT count(*) FROM clock.migration") == 1


async def test_two_lineages_share_a_schema(service_urls: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "0001_create_lease.py").write_text(
        "from alembic import op\nrevision, down_revision = '0001', None\n"
        "def upgrade() -> None:\n    op.execute('CREATE TABLE lease (epoch int)')\n"
    )
    await migrate(service_urls["clock"], "clock", REVISIONS)
    await migrate(service_urls["clock"], "clock", tmp_path, version_table="kit_migration")
    assert await scalar(service_urls["clock"], "SELECT version_num FROM clock.kit_migration") == "0001"
    assert await scalar(service_urls["clock"], "SELECT count(*) FROM clock.lease") == 0


async def test_a_failed_migration_leaves_nothing(service_urls: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "0001_half.py").write_text(
        "from alembic import op\nrevision, down_revision = '0001', None\n"
        "def upgrade() -> None:\n    op.execute('CREATE TABLE half (a int)')\n    op.execute('nonsense')\n"
    )
    with pytest.raises(DBAPIError):
        await migrate(service_urls["clock"], "clock", tmp_path)
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'clock'"
    assert await scalar(service_urls["clock"], tables) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM clock.promise",
        "INSERT INTO clock.promise VALUES ('a', '{}')",
        "CREATE TABLE public.mine (a int)",
        "CREATE TABLE wire.mine (a int)",
        "INSERT INTO access.api_key VALUES ('stolen')",
    ],
)
async def test_a_service_sees_no_other(service_urls: dict[str, str], statement: str) -> None:
    await migrate(service_urls["clock"], "clock", REVISIONS)
    await execute(service_urls["admin"], "CREATE TABLE access.api_key (hash text)")
    with pytest.raises(DBAPIError, match="permission denied"):
        await execute(service_urls["notifier"], statement)


async def test_every_service_uses_the_wire_and_reads_the_keys(service_urls: dict[str, str]) -> None:
    await execute(service_urls["admin"], "CREATE TABLE access.api_key (hash text)")
    await execute(service_urls["admin"], "CREATE TABLE wire.log (at bigserial, body text)")
    for service in ("intake", "clock", "escalation", "notifier"):
        await execute(service_urls[service], "INSERT INTO wire.log (body) VALUES ('a')")
        assert await scalar(service_urls[service], "SELECT count(*) FROM access.api_key") == 0
    assert await scalar(service_urls["clock"], "SELECT count(*) FROM wire.log") == 4


async def test_json_passes_as_text(service_urls: dict[str, str]) -> None:
    url = service_urls["clock"]
    await migrate(url, "clock", REVISIONS)
    body = '{"zebra": 1, "ape": "æ \\u2028"}'
    await execute(url, "INSERT INTO clock.promise VALUES ('a', CAST(:body AS jsonb))", body=body)
    assert isinstance(await scalar(url, "SELECT body FROM clock.promise"), str)


async def test_the_servers_clock_is_told_in_microseconds(database_url: str) -> None:
    engine = connect(database_url, application="test")
    assert abs(await database_now(engine) - time.time_ns() // 1000) < 60_000_000
    await engine.dispose()
