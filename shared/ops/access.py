"""Who may speak and read: API keys, each bound to a tenant and to the sources that it may speak for.

A key is `tocsin_<prefix>_<secret>`. The prefix finds it; of the secret (256 random bits) only the SHA-256 is
kept, which is enough for a secret that nobody can guess. Keys live in physical time, also in a time-lapse.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ops.clock import Clock, RealClock

SCHEMA = "access"
MIGRATIONS = Path(__file__).with_name("migrations")
"""Migrated by an administrator: `migrate(admin_url, SCHEMA, MIGRATIONS)`."""

CACHED = 3_000_000
"""Microseconds for which a key is believed without looking again; a revoked key works this much longer."""
REMEMBERED = 10_000
"""Prefixes in the cache, unknown ones included: a flood of wrong keys asks the database once per prefix."""
USE_NOTED = 60_000_000

_KEY = re.compile(r"tocsin_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_TENANT = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)

_FIND = text(
    "SELECT prefix, secret_sha256, tenant, sources, expires_at, revoked_at"
    " FROM access.api_key WHERE prefix = :prefix"
)
_NOTE_USE = text(
    "UPDATE access.api_key SET last_used_at = :now"
    " WHERE prefix = :prefix AND coalesce(last_used_at, 0) < :before"
)
_CREATE = text(
    "INSERT INTO access.api_key (prefix, secret_sha256, tenant, sources, created_at, expires_at)"
    " VALUES (:prefix, :digest, :tenant, :sources, :now, :expires_at)"
)
_REVOKE = text(
    "UPDATE access.api_key SET revoked_at = :now WHERE prefix = :prefix AND revoked_at IS NULL RETURNING 1"
)
_LIST = text(
    "SELECT prefix, tenant, sources, created_at, expires_at, revoked_at, last_used_at"
    " FROM access.api_key ORDER BY created_at, prefix"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a key speaks for."""

    tenant: str
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyListed:
    """A key as administrators see it: never its secret. Instants are UTC microseconds."""

    prefix: str
    tenant: str
    sources: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None


class BadKey(ValueError):
    """A key that cannot be made; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    digest: bytes
    caller: Caller
    expires_at: int | None
    believed_until: int


class Access:
    """Checks keys against the table, believing what it saw for a few seconds.

    `notes_use` keeps the time of last use, to the minute; only intake's role may.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock | None = None, *, notes_use: bool = False) -> None:
        self._engine = engine
        self._clock = clock or RealClock()
        self._notes_use = notes_use
        self._remembered: dict[str, _Remembered] = {}
        self._looking: dict[str, asyncio.Task[_Remembered]] = {}

    async def authenticate(self, header: str | None) -> Caller | None:
        """The caller whose key an `Authorization` header carries; None where it carries no valid one.

        Raises:
            sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be asked.
        """
        scheme, _, token = (header or "").strip().partition(" ")
        found = _KEY.fullmatch(token.strip())
        if found is None or scheme.lower() != "bearer":
            return None
        prefix, secret = found.groups()
        now = self._clock.real_now()
        known = self._remembered.get(prefix)
        if known is None or known.believed_until <= now:
            known = await self._look_up(prefix)
        # Compared even where there is no such key: how long it takes tells nothing.
        fits = hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), known.digest)
        expired = known.expires_at is not None and known.expires_at <= now
        return known.caller if fits and not expired else None

    async def _look_up(self, prefix: str) -> _Remembered:
        """One question to the database, however many callers wait for its answer."""
        task = self._looking.get(prefix)
        if task is None:
            task = self._looking[prefix] = asyncio.ensure_future(self._ask(prefix))
            task.add_done_callback(lambda _: self._looking.pop(prefix, None))
        return await asyncio.shield(task)

    async def _ask(self, prefix: str) -> _Remembered:
        now = self._clock.real_now()
        async with self._engine.begin() as connection:
            row = (await connection.execute(_FIND, {"prefix": prefix})).one_or_none()
            if row is not None and self._notes_use:
                use = {"prefix": prefix, "now": now, "before": now - USE_NOTED}
                await connection.execute(_NOTE_USE, use)
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        known = self._remembered[prefix] = _remember(row, now + CACHED)
        return known


def _remember(row: Row[*tuple[Any, ...]] | None, until: int) -> _Remembered:
    if row is None or row.revoked_at is not None:
        return _Remembered(bytes(32), Caller("", frozenset()), 0, until)  # expired since 1970: fits nobody
    return _Remembered(row.secret_sha256, Caller(row.tenant, frozenset(row.sources)), row.expires_at, until)


async def create_key(
    engine: AsyncEngine,
    tenant: str,
    sources: Sequence[str],
    *,
    now: int | None = None,
    expires_at: int | None = None,
) -> str:
    """Make a key and return it: the only time that it is seen whole.

    Raises:
        BadKey: the tenant's name is not of `[a-z0-9-]`, up to 64 long, or there is no source.
    """
    if not _TENANT.fullmatch(tenant):
        raise BadKey(f"{tenant!r} is no tenant's name: 1 to 64 of a-z, 0-9 and -")
    if not sources or not all(0 < len(source) <= 256 and source.strip() for source in sources):
        raise BadKey("a key needs at least one source, each of 1 to 256 characters that are not all blank")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {
        "prefix": prefix,
        "digest": hashlib.sha256(secret.encode()).digest(),
        "tenant": tenant,
        "sources": list(sources),
        "now": RealClock().now() if now is None else now,
        "expires_at": expires_at,
    }
    async with engine.begin() as connection:
        await connection.execute(_CREATE, row)
    return f"tocsin_{prefix}_{secret}"


async def revoke_key(engine: AsyncEngine, prefix: str) -> bool:
    """End a key at once (others believe it for `CACHED` longer); False where there is none to end."""
    async with engine.begin() as connection:
        ended = await connection.execute(_REVOKE, {"prefix": prefix, "now": RealClock().now()})
        return ended.one_or_none() is not None


async def list_keys(engine: AsyncEngine) -> list[KeyListed]:
    async with engine.connect() as connection:
        found = await connection.execute(_LIST)
        return [KeyListed(row[0], row[1], tuple(row[2]), *row[3:]) for row in found]
