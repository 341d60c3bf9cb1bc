"""The strict reader and the comparison, without any server."""

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.content import same
from services.intake.domain.event import Event, check
from services.intake.domain.json_text import Item, NotJson, TooManyItems, read
from services.intake.domain.refusal import Refusal
from tests.support.intake import opened

NOW = 1_800_000_000_000_000

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
numbers = st.integers(1 - 2**53, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
any_text = st.text(max_size=8)
"""Zeros and lone surrogates included."""
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=10,
)


def one(text: str) -> Item:
    item = read(text.encode(), 1000)
    assert isinstance(item, Item)
    return item


def flaws(text: str) -> dict[str, str]:
    return dict(one('{"data":' + text + "}").flaws)


@given(value=values, ascii_only=st.booleans())
def test_what_is_flawless_is_read_as_json_reads_it(value: Any, *, ascii_only: bool) -> None:
    item = one('{"": ' + json.dumps(value, ensure_ascii=ascii_only) + "}")
    assert item.flaws == ()
    assert item.value == {"": value}


def like(value: Any) -> st.SearchStrategy[Any]:
    """Values that are alike in one way or another, and sometimes the same."""
    match value:
        case bool() | int() | float():
            return st.sampled_from([value, bool(value), int(value), float(value), -value, str(value)])
        case str():
            return st.sampled_from([value, value + " ", value.upper()])
        case list():
            return st.tuples(*map(like, value)).map(list) | st.permutations(value)
        case dict():
            pairs = st.permutations([*value.items()]).map(dict)
            return pairs | st.fixed_dictionaries({name: like(member) for name, member in value.items()})
        case _:
            return st.sampled_from([None, False, 0, "", [], {}])


@given(data=st.data(), value=values, ascii_only=st.booleans())
def test_the_same_is_said_where_the_canonical_forms_are_equal(
    data: st.DataObject, value: Any, *, ascii_only: bool
) -> None:
    other = data.draw(like(value) | values)
    texts = json.dumps({"": value}), json.dumps({"": other}, ensure_ascii=ascii_only, indent=1)
    assert same(*texts) == (rfc8785.dumps(one(texts[0]).value) == rfc8785.dumps(one(texts[1]).value))


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("1.0", "1"),
        ("1e2", "100"),
        ("-0", "0"),
        ("9007199254740993", "9007199254740992"),
        ('"\\u00e6"', '"æ"'),
    ],
)
def test_numbers_and_escapes_have_many_spellings(text: str, alike: str) -> None:
    assert same('{"a":' + text + "}", '{"a": ' + alike + "}")
    assert not same('{"a":' + text + "}", '{"a": [' + alike + "]}")


@pytest.mark.parametrize(
    ("text", "pointer", "told"),
    [
        ('{"a":1,"b":{"c":1,"c":2}}', "/data/b/c", "more than once"),
        ('{"a/b":1,"a/b":2}', "/data/a~1b", "more than once"),
        (r'["x","\ud800"]', "/data/1", "U+D800"),
        (r'{"\u0000":1}', "/data/\0", "name holds U+0000"),
        (r'"\u0000"', "/data", "U+0000"),
        ("1e309", "/data", "double"),
        ("9" * 310, "/data", "double"),
        ("[" * 32 + "]" * 32, "/data" + "/0" * 31, "deeper than 32"),
    ],
)
def test_a_flaw_has_its_place(text: str, pointer: str, told: str) -> None:
    found = flaws(text)
    assert list(found) == [pointer]
    assert told in found[pointer]


@pytest.mark.parametrize(
    "text", ["[" * 31 + "]" * 31, r'"\\u0000"', r'"\ud83d\ude00"', "1.7976931348623157e308", "1e-400"]
)
def test_what_only_looks_like_a_flaw(text: str) -> None:
    assert flaws(text) == {}


def test_items_keep_their_own_text() -> None:
    items = read(b' [ {"a" : 1.10} ,2e0,\n"\\u00e6" ] ', 3)
    assert isinstance(items, list)
    assert [item.text for item in items] == [
        '{"a" : 1.10}',
        "2e0",
        '"\\u00e6"',
    ]
    with pytest.raises(TooManyItems):
        read(b"[1,2,3,4]", 3)


@given(st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        items = read(body, 10)
    except (NotJson, TooManyItems):
        return
    for item in [items] if isinstance(items, Item) else items:
        assert isinstance(check(item, NOW, 0), Refusal)


@given(
    st.dictionaries(
        st.sampled_from([*opened(), "datacontenttype", "dataschema", "traceparent", "x", "X", "data_base64"]),
        anything,
    ),
    st.dictionaries(
        st.sampled_from(["customer", "severity", "tags", "into", "status", "text", "title"]), anything
    ),
)
def test_any_object_is_an_event_or_refused(changes: dict[str, Any], data: dict[str, Any]) -> None:
    event = opened() | {"data": {"customer": "demo"} | data} | changes
    try:
        item = one(json.dumps(event))
    except NotJson:
        assert "NaN" in json.dumps(event) or "Infinity" in json.dumps(event)
        return
    checked = check(item, NOW, 0)
    if isinstance(checked, Event):
        assert checked.id == event["id"]
        assert 0 <= checked.time <= NOW
    else:
        assert checked.status in (400, 422)
        assert all(mistake.detail for mistake in checked.mistakes)
        json.dumps(
            [checked.detail, checked.mistakes, checked.id, checked.source], ensure_ascii=False
        ).encode()


@pytest.mark.parametrize("ahead", [0, 300_000_000])
def test_an_event_may_lie_ahead_by_so_much(ahead: int) -> None:
    limit = math.floor((NOW + ahead) / 1_000_000)
    for second, fits in ((limit, True), (limit + 1, False)):
        time = f"2027-01-15T{8 + second // 3600 % 24 - 8:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        checked = check(one(json.dumps(opened(time=time))), NOW, ahead)
        assert isinstance(checked, Event) is fits
