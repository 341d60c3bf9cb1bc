"""A thousand malformed requests of every kind: each gets its own refusal, and nothing is stored."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.support.intake import CLOUDEVENT, Station, encoded, opened

BATCH = "application/cloudevents-batch+json"
Request = tuple[str, dict[str, str], bytes, int]
"""What it is, its headers beside the key, the body, and the status that it is to get."""

GOOD = json.dumps(opened(), ensure_ascii=False).encode()
WRONG_VALUES: list[Any] = [
    None,
    1,
    1.5,
    True,
    [],
    {},
    "",
    " ",
    "\u3000\t",
    "a\nb",
    "a\x7fb",
    "a\x85b",
    "x" * 257,
]
NO_TIMES: list[Any] = [
    1,
    1.5,
    True,
    [],
    {},
    "",
    "now",
    "2026-03-01",
    "2026-03-01T09:00:00",
    "2026-03-01 09:00:00Z",
    "20260301T090000Z",
    "2026-02-30T09:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T09:60:00Z",
    "2026-03-01T09:00:61Z",
    "2026-03-01T09:00:00+24:00",
    "2026-03-01T09:00:00+1:00",
    "2026-03-01T09:00Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00+00:01",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-03-01T09:00:00.Z",
    "\uff12026-03-01T09:00:00Z",
    "2026-03-01T09:00:00Z ",
    "2026-03-01T09:00:00" + "0" * 200 + "Z",
]


def no_json() -> Iterator[Request]:
    one = {"content-type": CLOUDEVENT}
    texts = [
        b"",
        b" ",
        b"{",
        b"}",
        b"[",
        b"nul",
        b"tru",
        b"'a'",
        b"{a:1}",
        b'{"a" 1}',
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1.}',
        b'{"a":0x1}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":"\n"}',
        b'{"a":"\x00"}',
        b'{"a":"\\x41"}',
        b'{"a":"\\u12"}',
        b'{"a":"',
        b"\xff\xfe{\x00",
        GOOD + b"x",
        GOOD + GOOD,
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xc0\x80"}',
        b"/* */ " + GOOD,
        b"<event/>",
        b"id=1&source=demo",
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b"-",
        b"1e",
        b"--1",
    ]
    for text in texts:
        yield "no JSON", one, text, 400
    for cut in range(1, len(GOOD) - 1, 2):
        yield "cut off", one, GOOD[:cut], 400
    for text in (
        b"[1,]",
        b"[1 2]",
        b"[" * 100_000,
        b"[,]",
        b"[1",
        b"[]]",
        b"[" + GOOD + b"," + GOOD[:-1] + b"]",
    ):
        yield "no JSON array", {"content-type": BATCH}, text, 400


def no_i_json() -> Iterator[Request]:
    one = {"content-type": CLOUDEVENT}
    good = GOOD.decode()
    values = [
        r'"\ud800"',
        r'"\udc00\ud800"',
        r'"a\uD83Da"',
        r'"\u0000"',
        r'"a\u0000b"',
        r'{"a\u0000":1}',
        r'{"\udfff":1}',
        "1e400",
        "-1e400",
        "1" * 400,
        "-" + "9" * 309,
        "1.8e308",
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"":1,"":1}',
        "[" * 32 + "]" * 32,
        '{"a":' * 32 + "1" + "}" * 32,
        "[" * 500 + "]" * 500,
    ]
    for value in values:
        yield "no I-JSON in data", one, good.replace('"P1"', value).encode(), 400
        yield "no I-JSON in an extension", one, good.replace("{", f'{{"extra":{value},', 1).encode(), 400
    for name in ("id", "source", "subject", "type", "data", "time"):
        yield "a name twice", one, good.replace("{", f'{{"{name}":"1",', 1).encode(), 400
        yield "a lone surrogate", one, json.dumps(opened(**{name: "\ud8ff"})).encode(), 400
        yield "a zero", one, json.dumps(opened(**{name: "a\0"})).encode(), 400


def any_of(*values: Any) -> tuple[Any, ...]:
    return values


def no_event() -> Iterator[Request]:
    for value in ("null", "1", '"event"', "true", "1.5"):
        yield "no object", {"content-type": CLOUDEVENT}, value.encode(), 422
    wrong: list[dict[str, Any]] = [{}, {"specversion": "1.0"}]
    required = ("specversion", "id", "source", "type", "subject")
    wrong += [{member: value for member, value in opened().items() if member != name} for name in required]
    wrong += [opened(specversion=value) for value in any_of(None, 1, 1.0, "1", "0.3", "1.0.0", "", [])]
    wrong += [opened(**{name: value}) for name in ("id", "source", "subject") for value in WRONG_VALUES]
    wrong += [opened(time=value) for value in NO_TIMES]
    wrong += [
        opened(type=value)
        for value in any_of(None, 1, "", "case.open", "CASE.OPENED", "clock.breached", "x" * 999)
    ]
    wrong += [
        opened(data=value)
        for value in any_of(..., None, {}, [], "text", 1, {"customer": None}, {"customer": ""})
    ]
    wrong += [
        opened(data={"customer": value}) for value in any_of(1, [], {}, "x" * 257, "nobody", "Demo ", 1.5)
    ]
    for name in ("severity", "kind", "package", "region", "channel", "contact", "topic", "assignee", "title"):
        longest = 1001 if name == "title" else 257
        wrong += [
            opened(data={"customer": "demo", name: value}) for value in any_of(1, 1.5, [], {}, "x" * longest)
        ]
    wrong += [
        opened(data={"customer": "demo", "severity": value}) for value in any_of("P0", "p1", "critical")
    ]
    wrong += [
        opened(data={"customer": "demo", "tags": value}) for value in any_of("a", {}, [1], [""], ["a"] * 101)
    ]
    wrong += [opened(data_base64="e30="), opened(datacontenttype="text/xml"), opened(datacontenttype=1)]
    wrong += [opened(dataschema=""), opened(dataschema=7)]
    extensions = {"Upper": "a", "under_score": "a", "da-sh": "a", "æ": "a", "": "a", "x y": "a"}
    wrong += [opened(**{name: value}) for name, value in extensions.items()]
    wrong += [opened(extra=value) for value in any_of([], {}, 1.5, 2**31, -(2**31) - 1, "a\nb", "\x9f")]
    resolutions = ("fixed", "", 1, "FIX")
    wrong += [opened(type="case.resolved", data={"resolution": value}) for value in resolutions]
    wrong += [opened(type="case.merged", data=value) for value in any_of({}, {"into": "C-1"}, {"into": 1})]
    wrong += [
        opened(type="case.split", data=value) for value in any_of({}, {"from": "C-1"}, {"from_": "C-1"})
    ]
    wrong += [
        opened(type="case.status_changed", data=value) for value in any_of({}, {"status": 1}, {"status": ""})
    ]
    wrong += [opened(type="support.updated", data={"text": "x" * 10_001})]
    for event in wrong:
        yield "no event", {"content-type": CLOUDEVENT}, json.dumps(event).encode(), 422


def no_such_body() -> Iterator[Request]:
    kinds = (
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/jsonx",
        "json",
        "application/json+x",
        "*/*",
        "application/json; charset=latin-1",
        "application/cloudevents+json; charset=utf-16",
        "\xe6",
        "multipart/form-data; boundary=x",
        "application/cloudevents+avro",
    )
    for kind in kinds:
        yield "media type", {"content-type": kind}, GOOD, 415
    for coding in ("gzip", "br", "deflate", "zstd", "gzip, identity", "x"):
        yield "compressed", {"content-type": CLOUDEVENT, "content-encoding": coding}, GOOD, 415
    yield (
        "binary mode",
        {"content-type": "application/json", "ce-specversion": "1.0", "ce-id": "1"},
        b"{}",
        415,
    )
    yield "too large", {"content-type": CLOUDEVENT}, GOOD + b" " * (1 << 20), 413
    yield "too large", {"content-type": "application/json"}, GOOD + b" " * (1 << 20), 413
    yield "too large", {"content-type": BATCH}, b"[" + b" " * (8 << 20) + b"]", 413
    yield "too many", {"content-type": BATCH}, json.dumps([opened()] * 1001).encode(), 413


def mutated(seed: random.Random) -> Iterator[Request]:
    """Bytes that are no text in the middle of a good event."""
    while True:
        place = seed.randrange(len(GOOD))
        noise = bytes([seed.choice([*range(0x09), *range(0x0E, 0x20), *range(0x80, 0x100)])])
        yield "noise", {"content-type": CLOUDEVENT}, GOOD[:place] + noise + GOOD[place:], 400


async def test_each_gets_its_refusal_and_nothing_is_stored(door: Station) -> None:
    written = [*no_json(), *no_i_json(), *no_event(), *no_such_body()]
    requests = [*written, *itertools.islice(mutated(random.Random(1)), max(0, 1000 - len(written)))]
    assert len(requests) >= 1000
    wrong = []
    for what, headers, body, expected in requests:
        answer = await door.client.post(
            "/v1/events",
            content=body,
            headers=encoded(headers),
        )
        problem = answer.json()
        if answer.status_code != expected or problem["status"] != expected:
            wrong.append((what, headers, body[:300], expected, answer.status_code, answer.text[:300]))
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert problem["title"]
        assert len(problem["detail"]) > 20
        assert "Traceback" not in answer.text
        assert expected != 422 or all(mistake["detail"] for mistake in problem["errors"])
    print(Counter(what for what, *_ in requests))
    assert wrong == []
    assert await door.journalled() == 0
