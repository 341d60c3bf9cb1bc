"""The algebra of half-open intervals [start, end), in lists sorted by start, disjoint and not touching."""

from collections.abc import Iterable
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Any intervals, in any order, overlapping or empty, as one sorted list of disjoint ones."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """What is in both lists."""
    a, b = list(left), list(right)
    common: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            common.append((start, end))
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return common


def subtract(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """What is in the left list and not in the right one."""
    holes = list(right)
    rest: list[Interval] = []
    first = 0
    for start, end in left:
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        at = start
        for hole in holes[first:]:
            if hole[0] >= end:
                break
            if hole[0] > at:
                rest.append((at, hole[0]))
            at = max(at, hole[1])
        if at < end:
            rest.append((at, end))
    return rest


def clip(intervals: Iterable[Interval], since: int, until: int) -> list[Interval]:
    """The parts of the intervals that lie in [since, until)."""
    return [(max(s, since), min(e, until)) for s, e in intervals if e > since and s < until]


def length(intervals: Iterable[Interval]) -> int:
    """The sum of the lengths of disjoint intervals."""
    return sum(end - start for start, end in intervals)
