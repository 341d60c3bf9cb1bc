"""The notifier's own tables: acknowledgements, and webhooks that asked not to be called any more."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifier.domain.acknowledging import Acknowledged, Acknowledging
from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant
from shared.contracts.notifier import PageAcknowledged
from shared.stream.door import Admitted, Numbers
from shared.stream.submissions import Submission

_ACKNOWLEDGE = text(
    "INSERT INTO acknowledgement (key, page, round, person, at)"
    " VALUES (:key, :page, :round, :person, :at) ON CONFLICT DO NOTHING RETURNING at"
)
_ACKNOWLEDGED = text(
    "SELECT person, at FROM acknowledgement WHERE key = :key AND page = :page AND round = :round"
)
_SWITCHED_OFF = text("SELECT url FROM webhook_off WHERE since > :after")
_SWITCH_OFF = text(
    "INSERT INTO webhook_off (url, since) VALUES (:url, :since)"
    " ON CONFLICT (url) DO UPDATE SET since = excluded.since"
)


async def admit(
    conn: AsyncConnection, items: Sequence[Submission[Acknowledging]], numbers: Numbers, now: Instant
) -> list[Admitted[Acknowledged]]:
    """The first acknowledgement of a page counts and becomes a fact; later ones learn whose it was."""
    return [await _admit(conn, item.item, numbers, now) for item in items]


async def _admit(
    conn: AsyncConnection, item: Acknowledging, numbers: Numbers, now: Instant
) -> Admitted[Acknowledged]:
    page = {"key": item.key, "page": item.page, "round": item.round}
    first = await conn.scalar(_ACKNOWLEDGE, {**page, "person": item.person, "at": now})
    if first is None:
        person, at = (await conn.execute(_ACKNOWLEDGED, page)).one()
        return Admitted(Acknowledged(person, at, first=False))
    sequence = numbers.next(item.key)
    fact = Fact(
        key=item.key,
        time=now,
        data=PageAcknowledged(page=item.page, by=item.person, at=now),
        source="tocsin/notifier",
        id=f"{item.key}#acknowledgements-{sequence}",
        sequence=sequence,
    )
    return Admitted(Acknowledged(item.person, now, first=True), fact)


async def acknowledged(engine: AsyncEngine, key: str, page: str, asked: int) -> Acknowledged | None:
    """Who took the page on, as it was asked for the `asked`-th time; None: nobody yet."""
    async with engine.connect() as conn:
        found = await conn.execute(_ACKNOWLEDGED, {"key": key, "page": page, "round": asked})
        row = found.one_or_none()
    return None if row is None else Acknowledged(row.person, row.at, first=False)


async def switched_off(engine: AsyncEngine, after: Instant) -> frozenset[str]:
    """The webhooks that answered 410 Gone since then; physical time."""
    async with engine.connect() as conn:
        return frozenset((await conn.execute(_SWITCHED_OFF, {"after": after})).scalars())


async def switch_off(engine: AsyncEngine, url: str, now: Instant) -> None:
    async with engine.begin() as conn:
        await conn.execute(_SWITCH_OFF, {"url": url, "since": now})
