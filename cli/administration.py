"""What an administrator does to a database: `tocsin provision` and `tocsin keys`."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import unquote, urlsplit

import typer
from rich.console import Console
from rich.table import Table

from cli.errors import DIFFERS, fail
from cli.provisioning import SERVICES, prepare
from shared.contracts.instant import DAY, render
from shared.ops.access import BadKey, create_key, list_keys, revoke_key
from shared.ops.clock import RealClock
from shared.ops.database import connect

LOCAL_ADMIN_URL = Path(".tocsin/admin-url")
"""Where `tocsin up` keeps the URL of the database that it runs."""

Answer = TypeVar("Answer")
keys = typer.Typer(no_args_is_help=True, help="Who may speak to Tocsin, and for which sources.")


def ask(question: Callable[..., Awaitable[Answer]], schema: str | None = None) -> Answer:
    """Put one question to the database: `question` gets an engine, on one schema where one is named."""

    async def put() -> Answer:
        engine = connect(admin_url(), application="tocsin cli", pool=1, schema=schema)
        try:
            return await question(engine)
        finally:
            await engine.dispose()

    return asyncio.run(put())


def admin_url() -> str:
    """TOCSIN_ADMIN_URL or its _FILE twin, else the database of the `tocsin up` in this directory."""
    if url := os.environ.get("TOCSIN_ADMIN_URL"):
        return url
    path = Path(os.environ.get("TOCSIN_ADMIN_URL_FILE", LOCAL_ADMIN_URL))
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as wrong:
        fail(
            f"{path}: {wrong.strerror}: which database? Set TOCSIN_ADMIN_URL or TOCSIN_ADMIN_URL_FILE, "
            "or be in the directory where `tocsin up` runs"
        )


def provision() -> None:
    """Make roles, schemas and tables, or bring them up to date.

    TOCSIN_ADMIN_URL(_FILE) names the database, TOCSIN_SERVICE_URLS a directory with a file `<service>_url`
    for each service: the passwords in these are set.
    """
    folder = Path(os.environ.get("TOCSIN_SERVICE_URLS", ""))
    passwords = {}
    for service in SERVICES:
        path = folder / f"{service}_url"
        try:
            password = urlsplit(path.read_text(encoding="utf-8").strip()).password
        except OSError as wrong:
            fail(f"{path}: {wrong.strerror}: TOCSIN_SERVICE_URLS names the directory of the services' URLs")
        if not password:
            fail(f"{path}: no password in it; write postgresql://tocsin_{service}:PASSWORD@HOST/DATABASE")
        passwords[service] = unquote(password)
    asyncio.run(prepare(admin_url(), passwords))
    typer.echo(f"{', '.join(passwords)}: ready")


@keys.command()
def create(
    tenant: Annotated[str, typer.Option(help="Whose cases it reads and writes: a-z, 0-9 and -.")],
    source: Annotated[list[str], typer.Option(help="For whom it may speak; give it several times.")],
    expires: Annotated[int | None, typer.Option(help="Days until it ends; none: it does not.")] = None,
) -> None:
    """Make a key and show it, this once."""
    end = None if expires is None else RealClock().now() + expires * DAY
    try:
        typer.echo(ask(lambda engine: create_key(engine, tenant, source, expires_at=end)))
    except BadKey as wrong:
        fail(str(wrong))


@keys.command("list")
def list_() -> None:
    """All keys, without their secrets."""
    table = Table("Key", "Tenant", "Sources", "Created", "Expires", "Revoked", "Last used", box=None)
    for key in ask(list_keys):
        instants = (key.created_at, key.expires_at, key.revoked_at, key.last_used_at)
        shown = ("" if instant is None else render(instant)[:16] for instant in instants)
        table.add_row(key.prefix, key.tenant, ", ".join(key.sources), *shown)
    Console().print(table)


@keys.command()
def revoke(key: Annotated[str, typer.Argument(help="What `keys list` shows, or the key itself.")]) -> None:
    """End a key; for some seconds it may still be believed."""
    prefix = key.removeprefix("tocsin_").partition("_")[0]
    if not ask(lambda engine: revoke_key(engine, prefix)):
        fail(f"there is no key {prefix} to revoke", DIFFERS)
    typer.echo(f"{prefix}: revoked")
