"""Roles, schemas and tables of a database: made where they are missing, brought up to date where not."""

from collections.abc import Mapping
from pathlib import Path

import shared.stream
from shared.ops import access
from shared.ops.database import migrate, provision

SERVICES = ("intake", "clock", "escalation", "notifier")
_WIRE_MIGRATIONS = Path(shared.stream.__file__).with_name("wire_migrations")
_SERVICES = Path(__file__).parents[1] / "services"


async def prepare(admin_url: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Bring a database to what this release needs; returns the URL of each service. May be repeated.

    Each service's tables are made by its own role; the administrator makes the wire's log and the API keys.
    """
    urls = await provision(admin_url, passwords)
    await migrate(admin_url, "wire", _WIRE_MIGRATIONS)
    await migrate(admin_url, access.SCHEMA, access.MIGRATIONS)
    for service, url in urls.items():
        await migrate(url, service, _SERVICES / service / "migrations")
    return urls
