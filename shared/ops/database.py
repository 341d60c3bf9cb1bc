"""PostgreSQL: engines, migrations, and who may touch what."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

Engine: TypeAlias = AsyncEngine
"""What `connect` gives, by a name that doors and wiring may know without knowing SQL."""

SHARED_SCHEMAS = {"wire": "SELECT, INSERT, UPDATE, DELETE", "access": "SELECT"}
"""Schemas beside the services' own, and what every service may do with their tables: the log of the
Postgres wire, and the API keys that each service checks at its own door."""


def connect(
    url: str, *, application: str, pool: int = 8, schema: str | None = None, read_only: bool = False
) -> AsyncEngine:
    """An engine for `postgresql://user:password@host:port/database`, holding at most `pool` connections.

    An engine of the stream keeps five of them open for itself (shared/stream/connections.py).

    Unqualified names are looked up in `schema` alone, where one is given. A `read_only` one writes nothing:
    the server refuses.

    JSON columns pass through as text: facts and states are read and written by their own models.
    """
    return create_async_engine(
        urlsplit(url)._replace(scheme="postgresql+asyncpg").geturl(),
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        json_serializer=_as_it_is,
        json_deserializer=_as_it_is,
        connect_args=_connect_args(application, schema, read_only=read_only),
    )


BY_INDEX = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""A service asks for a few rows by their keys, always. A plan is made once and kept, often while tables are
still empty: then a scan of them all looks best, and would go on doing so until somebody analyses them."""


async def create_database(admin_url: str, name: str, template: str | None = None) -> str:
    """Make the database `name` if it is not there, as a copy of `template` if so; returns its URL."""
    async with _outside_transaction(admin_url) as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if await connection.scalar(known, {"name": name}) is None:
            copied = f' TEMPLATE "{template}"' if template else ""
            await connection.execute(text(f'CREATE DATABASE "{name}"{copied}'))
    return with_database(admin_url, name)


async def drop_database(admin_url: str, name: str) -> None:
    """Drop the database `name`, whoever is connected."""
    async with _outside_transaction(admin_url) as connection:
        await connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def with_database(url: str, name: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def provision(
    admin_url: str, passwords: Mapping[str, str], *, prefix: str = "tocsin"
) -> dict[str, str]:
    """Give each service its schema and its login role `<prefix>_<service>`; returns each one's URL.

    A role owns its own schema and sees no other, but for `SHARED_SCHEMAS`. May be repeated: passwords are
    set anew, everything else is left as it is. The administrator migrates the shared schemas.
    """
    engine = connect(admin_url, application="tocsin provision", pool=1)
    roles = {service: f"{prefix}_{service}" for service in passwords}
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tocsin provision'))"))
            await connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
            for service, role in roles.items():
                for statement in _role(service, role):
                    await connection.execute(text(statement))
                # Only the server can quote a password into a statement that takes no parameters.
                quoting = text(
                    "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :role ::text, :password ::text)"
                )
                setting = await connection.scalar(quoting, {"role": role, "password": passwords[service]})
                await connection.exec_driver_sql(str(setting))
            for statement in _shared(roles.values()):
                await connection.execute(text(statement))
    finally:
        await engine.dispose()
    return {service: _as_user(admin_url, roles[service], passwords[service]) for service in passwords}


async def migrate(url: str, schema: str, scripts: Path, *, version_table: str = "migration") -> None:
    """Bring `schema` to the newest of the Alembic revisions in the directory `scripts`, in one transaction.

    Revisions are files directly in `scripts` (`0001_create_case.py`); their unqualified names are in
    `schema`, and so is the table that remembers the revision. Two lineages in one schema need two version
    tables. Processes that migrate at once queue up. A lock that is not had within 4 s fails the migration
    rather than queueing all traffic behind it.
    """
    script = ScriptDirectory(str(scripts), version_locations=[str(scripts)])

    def upgrade(revision: Any, _context: MigrationContext) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - Alembic's own command has no other way

    def run(connection: Connection) -> None:
        with EnvironmentContext(Config(), script, fn=upgrade) as environment:
            environment.configure(connection, version_table=version_table, version_table_schema=schema)
            environment.run_migrations()

    engine = connect(url, application="tocsin migrate", pool=1)
    try:
        async with engine.begin() as connection:
            queue = text("SELECT pg_advisory_xact_lock(hashtext('tocsin migrate ' || :schema))")
            await connection.execute(queue, {"schema": schema})
            for setting, value in (
                ("search_path", schema),
                ("lock_timeout", "4s"),
                ("statement_timeout", "60s"),
            ):
                set_local = text("SELECT set_config(:setting, :value, true)")
                await connection.execute(set_local, {"setting": setting, "value": value})
            await connection.run_sync(run)
    finally:
        await engine.dispose()


async def database_now(engine: AsyncEngine) -> int:
    """The server's clock, in UTC microseconds."""
    now = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    async with engine.connect() as connection:
        return int(await connection.scalar(now) or 0)


def _role(service: str, role: str) -> list[str]:
    return [
        f'DO $$ BEGIN CREATE ROLE "{role}"; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
        f'GRANT "{role}" TO CURRENT_USER',  # an administrator who is no superuser may then give it a schema
        f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{role}"',
    ]


def _shared(roles: Iterable[str]) -> list[str]:
    everyone = ", ".join(f'"{role}"' for role in roles)
    statements = []
    for schema, rights in SHARED_SCHEMAS.items():
        statements += [
            f"CREATE SCHEMA IF NOT EXISTS {schema}",
            f"GRANT USAGE ON SCHEMA {schema} TO {everyone}",
            f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {everyone}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {everyone}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rights} ON TABLES TO {everyone}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {everyone}",
        ]
    return statements


@contextlib.asynccontextmanager
async def _outside_transaction(admin_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection for what no transaction may hold: making and dropping databases."""
    engine = connect(admin_url, application="tocsin admin", pool=1)
    try:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _connect_args(application: str, schema: str | None, *, read_only: bool) -> dict[str, Any]:
    settings = {"application_name": application, "timezone": "UTC", "jit": "off"}
    if schema is not None:
        settings |= {"search_path": schema, **BY_INDEX}
    if read_only:
        settings["default_transaction_read_only"] = "on"
    return {"timeout": 5, "command_timeout": 60, "statement_cache_size": 500, "server_settings": settings}


def _as_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password, safe='')}@{host}"))


def _as_it_is(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"JSON columns take and give text, not {type(value).__name__}")
    return value
