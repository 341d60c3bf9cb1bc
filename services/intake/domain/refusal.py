"""A refusal as a value: what was wrong, where, and what to do. The shell makes HTTP of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

SHOWN = 20
"""Allowed values that are listed before the rest is only counted."""


class Mistake(NamedTuple):
    """One thing wrong. `pointer` is an RFC 6901 JSON pointer into the event."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event is not taken. `id` and `source` are the event's where they could be read."""

    status: int
    reason: str
    """A word for the problem's type: `invalid`, `conflict` …"""
    title: str
    detail: str
    mistakes: tuple[Mistake, ...] = ()
    id: str | None = None
    source: str | None = None


def pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def choose(given: str, allowed: Collection[str]) -> str:
    """What is allowed instead, and what was probably meant."""
    listed = list(allowed)
    by_case = {name.casefold(): name for name in reversed(listed)}
    near = get_close_matches(given.casefold()[:256], by_case, n=1, cutoff=0.6)
    meant = f" Did you mean {by_case[near[0]]!r}?" if near else ""
    if not listed:
        return "None is allowed."
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return f"Allowed: {', '.join(listed[:SHOWN])}{more}.{meant}"
