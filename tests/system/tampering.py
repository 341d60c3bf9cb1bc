"""What an enemy, a bug or a bad disk may change behind a system's back, each with what must find it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.stream.bundle import pack, unpack
from shared.stream.wire import Record

Change = Callable[[AsyncConnection], Awaitable[int]]
"""Returns how much it changed."""
OnLane = Callable[[list[Record]], list[Record]]


def sql(statement: str) -> Change:
    async def change(conn: AsyncConnection) -> int:
        return (await conn.exec_driver_sql(statement)).rowcount

    return change


def on_wire(topic: str, alter: OnLane) -> Change:
    """Write every lane of a topic anew, a row a record, as `alter` wants it."""

    async def change(conn: AsyncConnection) -> int:
        lanes: dict[int, list[Record]] = {}
        found = await conn.execute(
            text(
                "SELECT partition, last - facts + 1, records FROM wire.log WHERE topic = :topic ORDER BY last"
            ),
            {"topic": topic},
        )
        for partition, first, records in found:
            lanes.setdefault(partition, []).extend(unpack(records, topic, partition, first))
        changed = 0
        for partition, before in lanes.items():
            after = alter(before)
            if after != before:
                changed += 1
                await _write(conn, topic, partition, after)
        return changed

    return change


async def _write(conn: AsyncConnection, topic: str, partition: int, records: list[Record]) -> None:
    lane = {"topic": topic, "partition": partition}
    await conn.execute(text("DELETE FROM wire.log WHERE topic = :topic AND partition = :partition"), lane)
    rows = [{**lane, "last": one.offset, "records": pack([one])} for one in records]
    append = (
        "INSERT INTO wire.log (topic, partition, last, facts, records)"
        " VALUES (:topic, :partition, :last, 1, :records)"
    )
    if rows:
        await conn.execute(text(append), rows)
    head = "UPDATE wire.head SET next = :next WHERE topic = :topic AND partition = :partition"
    await conn.execute(text(head), {**lane, "next": records[-1].offset + 1 if records else 0})


def changed(
    record: Record,
    *,
    offset: int | None = None,
    value: bytes | None = None,
    named: Mapping[str, str] = MappingProxyType({}),
) -> Record:
    """The record with other CloudEvents attributes, another value or another place."""
    headers = tuple((name, named.get(name[3:], old.decode()).encode()) for name, old in record.headers)
    return Record(
        record.topic,
        record.partition,
        record.key,
        headers,
        record.value if value is None else value,
        record.offset if offset is None else offset,
    )


def without(which: Callable[[Record], bool]) -> OnLane:
    return lambda records: [one for one in records if not which(one)]


def with_another(kind: str, named: dict[str, str]) -> OnLane:
    """Say the first of a kind once more, at the end, with other attributes."""

    def alter(records: list[Record]) -> list[Record]:
        again = next((one for one in records if of(kind)(one)), None)
        if again is None:
            return records
        return [*records, changed(again, offset=records[-1].offset + 1, named=named)]

    return alter


def of(kind: str) -> Callable[[Record], bool]:
    return lambda record: kind in dict(record.headers)["ce_type"].decode()


def numbered(number: int) -> Callable[[Record], bool]:
    return lambda record: int(dict(record.headers)["ce_sequence"]) == number


def one_number_two_facts(records: list[Record]) -> list[Record]:
    return [*records, changed(records[0], offset=records[-1].offset + 1, value=records[0].value + b" ")]


def exchanged(records: list[Record]) -> list[Record]:
    """Two neighbours of one case, the other way round."""
    for place, (one, other) in _neighbours(records):
        first, second = changed(other, offset=one.offset), changed(one, offset=other.offset)
        return [*records[: place - 1], first, second, *records[place + 1 :]]
    return records


def _neighbours(records: list[Record]) -> Iterator[tuple[int, tuple[Record, Record]]]:
    for place in range(1, len(records)):
        if records[place - 1].key == records[place].key:
            yield place, (records[place - 1], records[place])


NEW = {"sequence": "0000009999"}
SENT_FAILED = """UPDATE notifier.state SET body = replace(body::text, '"sent"', '"failed"')::json"""
PARKED = """UPDATE escalation.state SET thread = (thread::jsonb || '{"parked": true}')::json"""
TWICE = """INSERT INTO intake.journal (position, tenant, source, id, key, type, time, received, event)
    SELECT position + 1000000, tenant, source, id || '-again', key, type, time, received, event
    FROM intake.journal LIMIT 1"""
OTHER_TEXT = r"""UPDATE intake.journal SET event = regexp_replace(event, '"(severity|status)": ?"', '\&x')"""
AHEAD = """UPDATE clock.partition SET positions = positions || '{"cases": 9999}'"""

TAMPERED: dict[str, tuple[Change, str]] = {
    "a state has another text": (sql(SENT_FAILED), "states_again"),
    "what was sent is lost from the ledger": (sql(SENT_FAILED), "causes_are_delivered"),
    "a state is gone": (sql("DELETE FROM clock.state WHERE version > 3"), "states_again"),
    "a state waits for another instant": (sql("UPDATE clock.state SET wake_at = 1"), "states_again"),
    "a case is parked without a cause": (sql(PARKED), "parked_is_known"),
    "a record is gone": (on_wire("clocks", lambda records: records[:5] + records[6:]), "wire"),
    "a fact is gone": (on_wire("clocks", without(numbered(2))), "in_order"),
    "two facts are exchanged": (on_wire("cases", exchanged), "in_order"),
    "an outbox row was lost": (on_wire("deliveries", lambda records: records[:-1]), "said_is_decided"),
    "one number, two facts": (on_wire("clocks", one_number_two_facts), "in_order"),
    "a second breach": (
        on_wire("clocks", with_another("clock.breached", NEW)),
        "one_breach_a_cycle",
    ),
    "an acceptance too many": (
        on_wire("deliveries", with_another("delivery.accepted", NEW)),
        "one_delivery_an_effect",
    ),
    "a page for nothing": (
        on_wire("escalations", with_another("page.requested", {**NEW, "causationid": "nobody"})),
        "pages_have_causes",
    ),
    "an event is in the journal twice": (sql(TWICE), "accepted_once"),
    "an event is in no journal": (sql("DELETE FROM intake.journal WHERE id LIKE '%%1%%'"), "accepted_once"),
    "an event has another text": (sql(OTHER_TEXT), "accepted_once"),
    "a number was given for nothing": (sql("UPDATE intake.numbering SET last = last + 1"), "said_is_decided"),
    "positions ran ahead": (sql(AHEAD), "turns"),
    "a turn is gone": (sql("DELETE FROM escalation.turn WHERE number = 2"), "turns"),
    "a zombie took a turn": (sql("UPDATE notifier.turn SET epoch = epoch + 1 WHERE number = 2"), "turns"),
    "turns had another instant": (sql("UPDATE clock.turn SET now = now - 31536000000000"), "said_again"),
    "an outcome of a call is forgotten": (sql("UPDATE notifier.turn SET outcomes = NULL"), "said_again"),
}
"""What is changed behind the system's back, and the invariant that must find it."""
