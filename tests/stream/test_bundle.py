"""Many records as one value, and back; also those that a migration makes of rows that were there before."""

import json

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from shared.ops.database import connect
from shared.stream.bundle import pack, unpack
from shared.stream.store import headers_to_json
from shared.stream.tables import ONE_RECORD
from shared.stream.wire import Record

WORDS = st.text(max_size=20)
RECORDS = st.builds(
    Record,
    st.just("cases"),
    st.just(3),
    WORDS,
    st.lists(st.tuples(WORDS, st.binary(max_size=20)), max_size=4).map(tuple),
    st.binary(max_size=50),
    st.just(-1),
)


@given(st.lists(RECORDS, max_size=8))
def test_what_is_packed_comes_back_the_same(records: list[Record]) -> None:
    assert unpack(pack(records), "cases", 3) == records


def test_offsets_count_on_from_the_first() -> None:
    packed = pack([Record("cases", 3, key, (), b"{}") for key in "abc"])
    assert [record.offset for record in unpack(packed, "cases", 3, first=7)] == [7, 8, 9]


async def test_a_row_a_record_becomes_a_bundle_in_sql(postgres_url: str) -> None:
    record = Record(
        "cases", 3, "acme/Å-1", (("ce_type", b"case.opened"), ("ce_ø", "Æ\n".encode())), b'{"a": 1}'
    )
    engine = connect(postgres_url, application="test", pool=1)
    row = {"key": record.key, "headers": headers_to_json(record.headers), "value": record.value}
    one_row = (
        f"SELECT {ONE_RECORD} FROM (SELECT CAST(:key AS text) AS key, CAST(:headers AS json) AS headers,"
        " CAST(:value AS bytea) AS value) AS given"
    )
    async with engine.connect() as conn:
        made = await conn.scalar(text(one_row), row)
        bare = await conn.scalar(text(one_row), row | {"headers": json.dumps([])})
    await engine.dispose()
    assert made == pack([record])
    assert bare == pack([Record("cases", 3, record.key, (), record.value)])
