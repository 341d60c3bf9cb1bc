"""The statuses of a timeline: which pause, which answer the customer, which end the case.

- A status pauses when its own words say so (paused, pending, on hold …), or when `ignore_on` names it; with
  `ignore_on_<metric>` for that metric alone, and not at all where `exclude_time` is false.
- A status answers the customer when its words say so (`replied`, `counts as first response`).
"""

import re
from collections.abc import Iterator

from tests.conformance.agreement import IGNORED, METRICS
from tests.conformance.reading import Case

OPEN = "open"
HELD = "held"
"""For pauses that no status explains."""
ENDINGS = {"resolved": "resolved", "solved": "resolved", "closed": "closed"}
MOVES = ("state", "status", "state_change", "status_change")
"""The types of events that have a status in `to`."""

_PAUSING = re.compile(r"\b(?:paus|pending|on.hold|hold\b|waiting|suspend)")


def status_of(text: str) -> str:
    """`Replied (paused)` is the status `replied`."""
    return text.partition("(")[0].strip().lower()


def answers(text: str) -> bool:
    """Whether to be in that status is to have answered the customer."""
    return "counts as first response" in text.lower() or status_of(text).startswith("replied")


def statuses(case: Case) -> list[str]:
    """All that the case is ever in or speaks of, the first one first."""
    spoken = [status_of(text) for text in _texts(case)]
    ignored = [status_of(text) for _, texts in _ignored(case) for text in texts]
    return [*dict.fromkeys([OPEN, *(each for each in spoken if each not in ENDINGS), *ignored, HELD])]


def pausing(case: Case, clock: str) -> list[str]:
    """Those that pause a clock."""
    paused = [status_of(text) for text in _texts(case) if _PAUSING.search(text.lower())]
    for metric, texts in _ignored(case):
        if METRICS.get(metric) == clock if metric else (case.get("targets") or {}).get("exclude_time", True):
            paused += [status_of(text) for text in texts]
    return [*dict.fromkeys([*paused, HELD])]


def answering(case: Case) -> list[str]:
    """Those that answer the customer."""
    return [*dict.fromkeys(status_of(text) for text in _texts(case) if answers(text))]


def _texts(case: Case) -> Iterator[str]:
    for event in case["events"]:
        if event["type"] in MOVES:
            yield str(event["to"])
        if event.get("state") is not None:
            yield str(event["state"])


def _ignored(case: Case) -> Iterator[tuple[str, list[str]]]:
    """Metric (empty: all) to the statuses that do not count."""
    for name, texts in (case.get("targets") or {}).items():
        if found := IGNORED.fullmatch(name):
            yield found["metric"] or "", texts
