"""Many questions to one calendar at once, on numpy arrays of int64 microseconds, in a dozen sweeps.

numpy is no dependency: whoever passes its arrays has it. Answers are those of `add` and `elapsed`, to the
microsecond.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.table import BUCKET, Table

Array: TypeAlias = Any  # numpy.ndarray of int64


class _Places(NamedTuple):
    """Sorted points, and where in them the search for a value of each bucket begins."""

    points: Array
    starts: Array
    base: int
    bucket: int
    steps: int  # the most points in one bucket


class _Arrays(NamedTuple):
    opens: _Places
    before: _Places
    offsets: Array
    most: Array


def add_many(calendar: Calendar, starts: Array, amounts: Array) -> Array:
    """`calendar.add` of every start and its amount >= 0; `amounts` is an array of that length, or one int."""
    if not starts.size:
        return starts.copy()
    numpy = import_module("numpy")
    if numpy.min(amounts) < 0:
        raise CalendarError("add_many takes amounts of 0 or more")
    first, last = int(starts.min()), int(starts.max())
    calendar.add(last, int(numpy.max(amounts)))  # nothing can be due later: the window now holds every answer
    arrays = _arrays(calendar.window(first, last))
    used = _used(arrays, starts) + amounts
    at = _place(arrays.before, used)
    for _ in range(arrays.before.steps):
        at += arrays.before.points.take(at) < used
    due = used + arrays.offsets.take(at)
    return due if numpy.min(amounts) > 0 else numpy.where(numpy.equal(amounts, 0), starts, due)


def elapsed_many(calendar: Calendar, a: Array, b: Array) -> Array:
    """`calendar.elapsed` of every pair."""
    if not a.size:
        return a.copy()
    window = calendar.window(min(int(a.min()), int(b.min())), max(int(a.max()), int(b.max())))
    arrays = _arrays(window)
    return _used(arrays, b) - _used(arrays, a)


def _used(arrays: _Arrays, instants: Array) -> Array:
    numpy = import_module("numpy")
    at = _place(arrays.opens, instants)
    for _ in range(arrays.opens.steps):
        at += arrays.opens.points.take(at) <= instants
    return numpy.minimum(instants - arrays.offsets.take(at), arrays.most.take(at))


def _place(places: _Places, values: Array) -> Array:
    return places.starts.take((values >> places.bucket) - places.base)


@lru_cache(maxsize=64)
def _arrays(table: Table) -> _Arrays:
    numpy = import_module("numpy")
    opens = _places([*table.opens, table.until + 1], table.since)
    before = _places(table.before, table.first)
    return _Arrays(opens, before, numpy.array(table.offsets), numpy.array(table.before))


def _places(points: list[int], first: int) -> _Places:
    numpy = import_module("numpy")
    bucket, last = BUCKET, points[-1]
    while (last - first) >> bucket > 16 * len(points) + 1000:  # wide and nearly empty: 24x7
        bucket += 1
    base = first >> bucket
    edges = numpy.arange(base, (last >> bucket) + 2) << bucket
    array = numpy.array(points)
    starts = numpy.searchsorted(array, edges, side="left")
    return _Places(array, starts, base, bucket, int(numpy.diff(starts).max()))
