"""Whether two events say the same: whether their canonical forms (RFC 8785) would be equal."""

import json
from typing import Any

_read = json.JSONDecoder(parse_int=float).decode  # a number is a double, however it is spelt


def same(one: str, other: str) -> bool:
    """Whether two events without flaws, each as it was sent, have the same content."""
    return one == other or _equal(_read(one), _read(other))


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other):  # to Python true equals 1
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
