"""The journal: every accepted event as it was sent, written in the transaction that says its fact."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.intake.domain.admission import Identity, Judged, Posted, Verdict, identified, judge
from services.intake.domain.case import Journalled
from services.intake.domain.event import Event, check
from services.intake.domain.json_text import Item, read
from services.intake.domain.meaning import KnownCase
from shared.contracts.envelope import Fact
from shared.contracts.instant import Instant
from shared.policy.book import PolicyBook
from shared.stream.door import Admitted, Numbers
from shared.stream.records import Snapshot
from shared.stream.statement import Statement
from shared.stream.submissions import Submission

_IDENTITIES = (
    " FROM unnest(CAST(:tenants AS text[]), CAST(:sources AS text[]), CAST(:ids AS text[]))"
    " AS sent (tenant, source, id)"
)
_FIND = Statement(
    f"SELECT journal.tenant, journal.source, journal.id, journal.event{_IDENTITIES}"
    " JOIN journal USING (tenant, source, id)"
)
_CASES = Statement(
    "SELECT key, customer, customer_since, opened_at FROM known_case"
    " WHERE key = ANY(CAST(:keys AS text[])) AND opened_at IS NOT NULL"
)
# Identities are locked in their own order (two replicas may meet at one), and numbered in that of arrival.
_JOURNAL = Statement(
    "WITH base AS MATERIALIZED (SELECT nextval('journal_position') AS position)"
    " INSERT INTO journal (position, tenant, source, id, key, type, time, received, event)"
    " SELECT base.position + place, tenant, source, id, key, type, time, :received, event"
    " FROM base, unnest(CAST(:tenants AS text[]), CAST(:sources AS text[]), CAST(:ids AS text[]),"
    " CAST(:keys AS text[]), CAST(:types AS text[]), CAST(:times AS bigint[]),"
    " CAST(:events AS text[])) WITH ORDINALITY"
    " AS sent (tenant, source, id, key, type, time, event, place)"
    " ORDER BY tenant, source, id"
    " ON CONFLICT (tenant, source, id) DO NOTHING RETURNING tenant, source, id"
)
_KNOW = Statement(
    "INSERT INTO known_case AS known (key, first_received, customer, customer_since, opened_at)"
    " SELECT key, :received, customer, customer_since, opened_at"
    " FROM unnest(CAST(:keys AS text[]), CAST(:customers AS text[]), CAST(:sinces AS bigint[]),"
    " CAST(:openings AS bigint[])) AS new (key, customer, customer_since, opened_at)"
    " ON CONFLICT (key) DO UPDATE SET customer = excluded.customer,"
    " customer_since = excluded.customer_since, opened_at = excluded.opened_at"
    " WHERE excluded.customer IS NOT NULL"
)
_HISTORY = text(
    "SELECT * FROM (SELECT row_number() OVER (ORDER BY position) AS place,"
    " source, id, type, time, received, event FROM journal WHERE key = :key) AS numbered"
    " WHERE place > :after ORDER BY place LIMIT :limit"
)
_WAITING = text(
    "SELECT (SELECT count(*) FROM journal JOIN known_case USING (key) WHERE opened_at IS NULL),"
    " (SELECT min(first_received) FROM known_case WHERE opened_at IS NULL)"
)
_EVERYTHING = "SELECT position, tenant, source, id, key, time, event FROM journal"
ANY_TIME = 1 << 62
"""What was accepted once is not asked again whether it lay in the future."""


class Journal:
    """Admits events under the policies of a book; to be given to the door as its `admit`."""

    def __init__(self, book: PolicyBook) -> None:
        self._book = book

    async def admit(
        self,
        conn: AsyncConnection,
        submissions: Sequence[Submission[Posted]],
        numbers: Numbers,
        now: Instant,
    ) -> list[Admitted[Verdict]]:
        """Write what is new, in two rounds of reading and two of writing, whatever the number of events."""
        posted = [submission.item for submission in submissions]
        stored = await _find(conn, [one.identity for one in posted])
        cases = await known_cases(conn, {one.key for one in posted})
        judged = judge(posted, stored, cases, self._book)
        new = {place: posted[place] for place in judged.new}
        raced = await self._write(conn, new, now)
        for place, event in raced.items():
            judged.verdicts[place] = identified(new.pop(place).event, event)
        await _know(conn, judged, cases, {one.key for one in new.values()}, now)
        return [_admitted(verdict, new.get(place), numbers) for place, verdict in enumerate(judged.verdicts)]

    async def _write(self, conn: AsyncConnection, new: dict[int, Posted], now: Instant) -> dict[int, str]:
        """Returns those that another replica wrote first, under another case's lock, with what it wrote."""
        if not new:
            return {}
        written = await _JOURNAL.rows(conn, _rows(list(new.values())) | {"received": now})
        mine = {(tenant, source, id) for tenant, source, id in written}
        missing = {place: one for place, one in new.items() if one.identity not in mine}
        stored = await _find(conn, [one.identity for one in missing.values()])
        return {place: stored[one.identity] for place, one in missing.items()}


async def cases_of(engine: AsyncEngine, keys: Sequence[str]) -> dict[str, KnownCase]:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        return await known_cases(conn, keys)


async def known_cases(conn: AsyncConnection, keys: Iterable[str]) -> dict[str, KnownCase]:
    """Those of the cases that were opened."""
    found = await _CASES.rows(conn, {"keys": list(keys)})
    return {key: KnownCase(customer, since, opened) for key, customer, since, opened in found}


async def history(engine: AsyncEngine, key: str, after: int, limit: int) -> list[Journalled]:
    """A case's events by position, from the one after `after`."""
    async with engine.connect() as conn:
        found = await conn.execute(_HISTORY, {"key": key, "after": after, "limit": limit})
        return [Journalled(*row) for row in found]


async def waiting(engine: AsyncEngine) -> tuple[int, Instant | None]:
    """How many events wait for their case to be opened, and since when the oldest case of them is known."""
    async with engine.connect() as conn:
        count, since = (await conn.execute(_WAITING)).one()
        return count, since


async def _find(conn: AsyncConnection, identities: Sequence[Identity]) -> dict[Identity, str]:
    if not identities:
        return {}
    tenants, sources, ids = zip(*identities, strict=True)
    found = await _FIND.rows(conn, {"tenants": tenants, "sources": sources, "ids": ids})
    return {(tenant, source, id): event for tenant, source, id, event in found}


async def _know(
    conn: AsyncConnection, judged: Judged, before: dict[str, KnownCase], keys: set[str], now: Instant
) -> None:
    learned = [
        (key, case)
        for key, case in sorted(judged.cases.items())
        if key in keys and case != before.get(key, 0)
    ]
    if learned:
        rows = {
            "keys": [key for key, _ in learned],
            "customers": [case and case.customer for _, case in learned],
            "sinces": [case and case.customer_since for _, case in learned],
            "openings": [case and case.opened_at for _, case in learned],
        }
        await _KNOW.rows(conn, rows | {"received": now})


def _rows(posted: Sequence[Posted]) -> dict[str, object]:
    return {
        "tenants": [one.tenant for one in posted],
        "sources": [one.event.source for one in posted],
        "ids": [one.event.id for one in posted],
        "keys": [one.key for one in posted],
        "types": [one.event.type for one in posted],
        "times": [one.event.time for one in posted],
        "events": [one.event.text for one in posted],
    }


def _admitted(verdict: Verdict, new: Posted | None, numbers: Numbers) -> Admitted[Verdict]:
    if new is None:
        return Admitted(verdict)
    return Admitted(verdict, *fact_of(new.event, new.key, numbers.next(new.key)))


def fact_of(event: Event, key: str, number: int) -> tuple[Fact, bytes]:
    """The fact that an accepted event becomes, and its data as JSON."""
    fact = Fact(
        key=key,
        time=event.time,
        data=event.said,
        source=event.source,
        id=event.id,
        sequence=number,
        trace=event.trace,
        extensions=event.extensions,
    )
    return fact, to_json(event.data)


@dataclass(frozen=True, slots=True)
class Entry:
    """An accepted event as the journal has it."""

    position: int
    tenant: str
    source: str
    id: str
    key: str
    time: Instant
    event: str

    def fact(self, number: int) -> tuple[Fact, bytes]:
        """The fact that it became, made anew from its text. Raises ValueError where it is no event."""
        item = read(self.event.encode(), 1)
        event = check(item, self.time, ANY_TIME) if isinstance(item, Item) else None
        if not isinstance(event, Event):
            raise ValueError(f"no event: {event}")  # noqa: TRY004 - the text is wrong, not a type
        return fact_of(event, self.key, number)


async def everything(snapshot: Snapshot) -> AsyncIterator[Entry]:
    """The whole journal, in no order."""
    async for row in snapshot.rows("intake", _EVERYTHING):
        yield Entry(**row)
