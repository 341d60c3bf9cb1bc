"""JSON as RFC 8259 and I-JSON (RFC 7493) have it, read strictly: text in, values and their flaws out.

Two kinds of wrong are told apart. A text that is no JSON has no parts that could be talked about: `NotJson`.
In a text that is JSON, a value may still hold what two readers would read differently (repeated names, lone
surrogates, numbers beyond a double …): those are flaws, found with their JSON pointers, so that in a batch
one item's flaws are its own.

Numbers are IEEE doubles, as I-JSON says: integers are exact below 2^53 and the nearest double beyond.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Never

from services.intake.domain.refusal import Mistake, pointer

DEEPEST = 32
_MOST_FLAWS = 20
_EXACT = 2**53 - 1

_blank = re.compile(r"[ \t\n\r]*").match
_DOUBTFUL_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_LONE = re.compile("[\ud800-\udfff]")


class NotJson(ValueError):
    """The bytes are no JSON text; the message says where and why."""


class TooManyItems(ValueError):
    """The array holds more items than are taken at once."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value with its own text, exactly as it was sent."""

    text: str
    value: Any
    flaws: tuple[Mistake, ...] = ()


class _Repeated(dict[str, Any]):
    """An object in which names are repeated."""

    names: tuple[str, ...] = ()


class _Beyond:
    """A number that no IEEE double can hold."""


def read(body: bytes, most: int) -> Item | list[Item]:
    """The one value of a text, or the items of the array that it is.

    Raises:
        NotJson: it is none.
        TooManyItems: the array holds more than `most` items.
    """
    text = _decode(body)
    start = _past_blanks(text, 0)
    if not text.startswith("[", start):
        item, end = _Scan().item(text, start)
        _expect_end(text, end)
        return item
    return _items(text, start + 1, most)


def _items(text: str, at: int, most: int) -> list[Item]:
    items: list[Item] = []
    scan = _Scan()
    at = _past_blanks(text, at)
    if text.startswith("]", at):
        _expect_end(text, at + 1)
        return items
    while True:
        if len(items) == most:
            raise TooManyItems(f"more than {most} items")
        item, at = scan.item(text, at)
        items.append(item)
        at = _past_blanks(text, at)
        if text.startswith("]", at):
            _expect_end(text, at + 1)
            return items
        if not text.startswith(",", at):
            raise NotJson(f"a comma or ] is expected {_place(text, at)}")
        at = _past_blanks(text, at + 1)


def _decode(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise NotJson("it begins with a byte order mark, which JSON has none of; send it without")
    try:
        return body.decode()
    except UnicodeDecodeError as wrong:
        raise NotJson(f"byte {wrong.start} is not valid UTF-8; send UTF-8") from None


def _past_blanks(text: str, at: int) -> int:
    found = _blank(text, at)
    return found.end() if found else at


def _expect_end(text: str, at: int) -> None:
    at = _past_blanks(text, at)
    if at != len(text):
        raise NotJson(f"the text should end, but something follows {_place(text, at)}")


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"at line {line}, column {at - text.rfind(chr(10), 0, at)}"


class _Scan:
    """Reads values, noting on the way whether one needs a second look."""

    def __init__(self) -> None:
        self._notes = _Notes()
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._notes.members,
            parse_float=self._notes.fraction,
            parse_int=self._notes.whole,
            parse_constant=self._notes.constant,
        )

    def item(self, text: str, at: int) -> tuple[Item, int]:
        self._notes.doubtful = False
        try:
            value, end = self._decoder.raw_decode(text, at)
        except json.JSONDecodeError as wrong:
            raise NotJson(f"{wrong.msg[0].lower()}{wrong.msg[1:]} {_place(text, wrong.pos)}") from None
        except RecursionError:
            raise NotJson(f"it is nested far deeper than {DEEPEST} levels; flatten it") from None
        # Fewer brackets than levels allowed cannot nest too deep: most texts need no second look.
        brackets = text.count("{", at, end) + text.count("[", at, end)
        own = text[at:end]
        second_look = self._notes.doubtful or brackets > DEEPEST or _DOUBTFUL_ESCAPE.search(own)
        flaws = tuple(islice(_walk(value), _MOST_FLAWS)) if second_look else ()
        return Item(own, value, flaws), end


class _Notes:
    """What the decoder calls on its way. It knows no decoder: that would be a cycle, each time."""

    def __init__(self) -> None:
        self.doubtful = False

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.doubtful = True
        repeated = _Repeated(found)
        names = [name for name, _ in pairs]
        repeated.names = tuple(name for name in found if names.count(name) > 1)
        return repeated

    def fraction(self, digits: str) -> float | _Beyond:
        number = float(digits)
        return number if math.isfinite(number) else self._beyond()

    def whole(self, digits: str) -> float | _Beyond:
        if len(digits) < 16 or (len(digits) < 300 and -_EXACT <= int(digits) <= _EXACT):
            return int(digits)
        return self.fraction(digits)

    def _beyond(self) -> _Beyond:
        self.doubtful = True
        return _Beyond()

    @staticmethod
    def constant(name: str) -> Never:
        raise NotJson(f"{name} is not a JSON number; leave the member out or send null")


def _walk(top: object) -> Iterator[Mistake]:
    left: list[tuple[tuple[str | int, ...], object, int]] = [((), top, 1)]
    while left:
        path, value, depth = left.pop()
        if isinstance(value, dict | list) and depth > DEEPEST:
            yield Mistake(pointer(path), f"is nested deeper than {DEEPEST} levels; flatten it")
        elif isinstance(value, dict):
            yield from _object_flaws(path, value)
            left += [((*path, _clean(name)), member, depth + 1) for name, member in reversed(value.items())]
        elif isinstance(value, list):
            left += [((*path, place), member, depth + 1) for place, member in reversed([*enumerate(value)])]
        elif isinstance(value, _Beyond):
            yield Mistake(pointer(path), "is a number beyond an IEEE double; send it as a string")
        elif isinstance(value, str) and (wrong := _unfit(value)):
            yield Mistake(pointer(path), f"holds {wrong}; leave it out")


def _object_flaws(path: tuple[str | int, ...], members: dict[str, Any]) -> Iterator[Mistake]:
    if isinstance(members, _Repeated):
        for name in members.names:
            yield Mistake(pointer((*path, _clean(name))), "is given more than once; give each name once")
    for name in members:
        if wrong := _unfit(name):
            yield Mistake(pointer((*path, _clean(name))), f"this name holds {wrong}; leave it out")


def _unfit(text: str) -> str:
    if "\0" in text:
        return "U+0000"
    if lone := _LONE.search(text):
        return f"the lone surrogate U+{ord(lone.group()):04X}"
    return ""


def _clean(name: str) -> str:
    """A name as it can be shown: what cannot be said in UTF-8 is replaced."""
    return _LONE.sub("\ufffd", name)
