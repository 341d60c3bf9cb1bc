"""What else may stand where a policy has a value: twice the time, an hour less, another word of its kind."""

import re
from collections.abc import Iterator, Sequence
from typing import get_args

from shared.calendar.public_holidays import available
from shared.contracts.case_said import FOLLOWS
from shared.contracts.escalation import Urgency
from shared.policy.clocks import STARTS, STOPS, Afterwards, OnChange
from shared.policy.escalation import TARGETS
from shared.policy.policy import Policy

_TIMES = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_PERCENT = re.compile(r"(\d+)(?=\s*%)")
_SPAN = re.compile(r"(?:\S+ (?:\+ )?)?\d+(?:\.\d+)?(?: ?[a-z]+)* ?(?:to \d+(?:\.\d+)?)? ?[a-z]+(?: [a-z]+)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CONDITIONS = frozenset(("when", "while", "pauses", "stage", "applies"))

OFFICE = "{zone: Etc/UTC, hours: {mon-fri: 10:00-11:00}}"
"""Instead of a calendar that is always open."""


def pools(policy: Policy) -> list[Sequence[str]]:
    """The words of each kind that a policy may use: each may stand for another one of its kind."""
    words = policy.vocabulary
    return [
        list(policy.calendars),
        list(policy.clocks),
        list(words.severities),
        list(words.statuses),
        list(words.kinds),
        [tier.name for tier in policy.escalation.tiers],
        list(dict.fromkeys(tier.team for tier in policy.escalation.tiers)),
        list(dict.fromkeys((*STARTS, *STOPS))),
        TARGETS,
        get_args(OnChange),
        ("resume", *get_args(Afterwards)),
        get_args(Urgency),
        ("true", "false"),
        ("same time", "hours", "end of day"),
        ("measured", "1 h"),
        ("no promise", "1 h"),
        ["DK", *(name for name in available() if name != "DK")],
        *(values for values in FOLLOWS.values()),
        *(values for values in words.attributes.values() if values),
    ]


def others(value: str, path: Sequence[str], kinds: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """For each way of saying something else: the values to be tried, until one makes a policy.

    `path` are the names that lead to the value.
    """
    if path == ("effective",):
        yield ["2099-01-01"]
    elif path[-1] == "zone":
        yield ["Asia/Kolkata" if value != "Asia/Kolkata" else "America/Chicago"]
    elif value == "24x7":
        yield [OFFICE]
    elif any(value in pool for pool in kinds):
        words = [word for pool in kinds if value in pool for word in _from(list(pool), value)]
        if words:
            yield words
    elif _TIMES.search(value):
        yield from _other_times(value)
    elif percent := _PERCENT.search(value):
        amount = int(percent[1])
        other = amount + 5 if amount <= 90 or amount >= 100 else amount - 5
        yield [_PERCENT.sub(str(other), value, count=1)]
    elif _SPAN.fullmatch(value):
        for number in _NUMBER.finditer(value):
            lower = number.start() == 0 and " to " in value
            factors = (0.5,) if lower else (2, 1.5, 0.5)
            amounts = [float(number[0]) * factor for factor in factors]
            yield [f"{value[: number.start()]}{amount:g}{value[number.end() :]}" for amount in amounts]
    elif _CONDITIONS & set(path):
        yield [f"other than {value}"]


def _from(pool: list[str], value: str) -> list[str]:
    """The other words, beginning with the next one."""
    at = pool.index(value)
    return [*pool[at + 1 :], *pool[:at]]


def _other_times(value: str) -> Iterator[list[str]]:
    """Each of the opening hours begins later, and ends earlier."""
    for times in _TIMES.finditer(value):
        opens, closes = int(times[1]) + 1, int(times[3]) - 1
        before, behind = value[: times.start()], value[times.end() :]
        yield [f"{before}{opens:02}:{times[2]}-{times[3]}:{times[4]}{behind}"]
        yield [f"{before}{times[1]}:{times[2]}-{closes:02}:{times[4]}{behind}"]
