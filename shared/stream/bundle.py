"""Many records as one value: what a transaction says is one row, whatever the number of facts in it.

A row a fact would cost PostgreSQL more than the fact itself: its own tuple, index entries, later its own dead
tuple. Records of one lane lie together instead, each as its parts (key, value, then name and value of every
header), all lengths in front, so that reading back is slicing. Integers are in network order, which
PostgreSQL's own functions write too: a migration can make bundles of what was there before.
"""

import struct
from collections.abc import Sequence

from shared.stream.wire import Record

_COUNT = struct.Struct(">I")


def pack(records: Sequence[Record]) -> bytes:
    """The records' keys, headers and values; topic, partition and offset are the row's own columns."""
    counts: list[int] = []
    parts: list[bytes] = []
    for _, _, key, headers, value, _ in records:
        parts += (key.encode(), value)
        for name, text in headers:
            parts += (_encoded.get(name) or _encode(name), text)
        counts.append(len(headers))
    lengths = struct.pack(f">{len(counts) + len(parts)}I", *counts, *map(len, parts))
    return b"".join((_COUNT.pack(len(records)), lengths, *parts))


def unpack(packed: bytes, topic: str, partition: int, first: int = -1) -> list[Record]:
    """The records again; `first` is the offset of the first one, -1 while they are not published."""
    (records,) = _COUNT.unpack_from(packed)
    counts = struct.unpack_from(f">{records}I", packed, _COUNT.size)
    at = _COUNT.size * (1 + records)
    lengths = struct.unpack_from(f">{2 * (records + sum(counts))}I", packed, at)
    at += _COUNT.size * len(lengths)
    parts = []
    for length in lengths:
        parts.append(packed[at : at + length])
        at += length
    unpacked = []
    place = 0
    for number, headers in enumerate(counts):
        end = place + 2 + 2 * headers
        names = [_decoded.get(name) or _decode(name) for name in parts[place + 2 : end : 2]]
        unpacked.append(
            Record(
                topic,
                partition,
                parts[place].decode(),
                tuple(zip(names, parts[place + 3 : end : 2], strict=True)),
                parts[place + 1],
                -1 if first < 0 else first + number,
            )
        )
        place = end
    return unpacked


# The same few names come in every record: one object each, but never without bound.
_encoded: dict[str, bytes] = {}
_decoded: dict[bytes, str] = {}
_MOST = 100


def _encode(name: str) -> bytes:
    encoded = name.encode()
    if len(_encoded) < _MOST:
        _encoded[name] = encoded
    return encoded


def _decode(name: bytes) -> str:
    decoded = name.decode()
    if len(_decoded) < _MOST:
        _decoded[name] = decoded
    return decoded
