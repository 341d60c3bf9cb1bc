"""The format with `legend` and `vectors`: one question to one calendar.

Two fields let a case choose an option, and only those: `result_roll_past_boundary` (a budget that ends at a
closing is due at the next opening, our `first_after`) and `matches_rules` (which reading of "n days after").
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.calendar import pauses
from shared.calendar.calendar import Calendar
from shared.calendar.days import business_date_after
from shared.calendar.errors import CalendarError
from shared.calendar.hours import of_day
from shared.calendar.instants import DAY, moment
from tests.conformance.reading import Case, at, calendar, day, interval, microseconds, pick
from tests.conformance.verdict import CannotAsk, Verdict

_LONG = 400 * DAY
_CANONICAL_DAYS = ("D2_roll_then_jump", "D0_unchanged", "Dj_nth_business_date_after")


class Mismatch(Exception):
    """One of the further answers that a case states is not ours."""


def judge(case: Case) -> Verdict:
    """Ask one vector."""
    source = case["source"]["repo"] if "source" in case else "own vectors"
    op = case["op"]
    # A string in `verified` says that the expected value is another semantics', by name.
    contested = isinstance(case.get("verified"), str)
    try:
        if op not in _ASK:
            raise CannotAsk(f"op {op!r}")
        ours, option = _ASK[op](calendar(case), case)
        expected = _said(op, case["expected"])
    except CannotAsk as why:
        return Verdict(source, case["id"], op, "cannot be asked", str(why))
    except Mismatch as why:
        return Verdict(source, case["id"], op, "differ", str(why))
    except CalendarError as refusal:
        return Verdict(source, case["id"], op, "differ", f"we refuse: {refusal}", allowed=contested)
    if ours == expected:
        return Verdict(source, case["id"], op, "agree", option)
    reason = f"expected {case['expected']}, ours {_shown(op, ours)}"
    if contested:
        return Verdict(
            source, case["id"], op, "differ", f"{reason}; the case says: {case['verified']}", allowed=True
        )
    rules = case.get("matches_rules")
    if rules is not None and not set(rules) & set(_CANONICAL_DAYS):
        return Verdict(
            source, case["id"], op, "differ", f"{reason}; the case's rule: {', '.join(rules)}", allowed=True
        )
    return Verdict(source, case["id"], op, "differ", reason)


Answer = tuple[Any, str]


def _amount(case: Case) -> int:
    return microseconds(case["amount"]["value"], case["amount"]["unit"])


def _days(case: Case) -> int:
    if case["amount"]["unit"] not in ("days", "business_days"):
        raise CannotAsk(f"unit {case['amount']['unit']!r} for business days")
    return int(case["amount"]["value"])


def _add(ours: Calendar, case: Case) -> Answer:
    return _moved(ours, case, _amount(case))


def _subtract(ours: Calendar, case: Case) -> Answer:
    return _moved(ours, case, -_amount(case))


def _moved(ours: Calendar, case: Case, amount: int) -> Answer:
    start = at(case["start"])
    stay = ours.add(start, amount)
    rolled = ours.first_after(start, amount) if amount >= 0 else ours.previous_close(stay)
    for field, answer in (("result_stay_at_boundary", stay), ("result_roll_past_boundary", rolled)):
        # Nothing added is the start itself in either semantics.
        if case.get(field) is not None and at(case[field]) != answer and amount:
            raise Mismatch(f"{field} is {case[field]}, ours {moment(answer).isoformat()}")
    wants_roll = "result_roll_past_boundary" in case and case["expected"] != case.get(
        "result_stay_at_boundary"
    )
    return (rolled, "by rolling a due at a closing to the next opening") if wants_roll else (stay, "")


def _add_days(ours: Calendar, case: Case) -> Answer:
    return _moved_days(ours, case, _days(case))


def _subtract_days(ours: Calendar, case: Case) -> Answer:
    return _moved_days(ours, case, -_days(case))


def _moved_days(ours: Calendar, case: Case, n: int) -> Answer:
    canonical = ours.add_business_days(at(case["start"]), n)
    for rule in _CANONICAL_DAYS[:2]:
        told = (case.get("rule_results") or {}).get(rule)
        if told is not None and at(told) != canonical:
            raise Mismatch(f"{rule} is {told}, ours {moment(canonical).isoformat()}")
    return canonical, ""


def _days_eod(ours: Calendar, case: Case) -> Answer:
    return ours.add_business_days(at(case["start"]), _days(case), "end_of_day"), ""


def _add_dates(ours: Calendar, case: Case) -> Answer:
    return business_date_after(ours, day(case["start"]), _days(case)), ""


def _subtract_dates(ours: Calendar, case: Case) -> Answer:
    return business_date_after(ours, day(case["start"]), -_days(case)), ""


def _days_between(ours: Calendar, case: Case) -> Answer:
    return ours.business_days_between(day(case["start"]), day(case["end"])), ""


def _days_between_inclusive(ours: Calendar, case: Case) -> Answer:
    first = day(case["start"])
    return ours.business_days_between(first, day(case["end"])) + ours.is_business_day(first), ""


def _elapsed(ours: Calendar, case: Case) -> Answer:
    return pauses.elapsed(ours, at(case["start"]), at(case["end"]), _pauses(case)), ""


def _add_paused(ours: Calendar, case: Case) -> Answer:
    return pauses.add(ours, at(case["start"]), _amount(case), _pauses(case)), ""


def _pauses(case: Case) -> list[tuple[int, int]]:
    return [interval(pause) for pause in case.get("pauses") or ()]


def _periods_after(ours: Calendar, case: Case) -> Answer:
    start = at(case["start"])
    periods = ours.intervals(start, start + 10 * _LONG)
    return [period for period, _ in zip(periods, range(int(case["n"])), strict=False)], ""


def _periods_before(ours: Calendar, case: Case) -> Answer:
    start = at(case["start"])
    return list(ours.intervals(start - 10 * _LONG, start))[::-1][: int(case["n"])], ""


def _local_to_utc(ours: Calendar, case: Case) -> Answer:
    wall = datetime.fromisoformat(pick(case, "local", "start"))
    if wall.utcoffset() is not None:
        raise CannotAsk("a local time with an offset is no local time")
    return ours.at_local(wall.date(), of_day(wall.time().isoformat())), ""


_ASK: dict[str, Callable[[Calendar, Case], Answer]] = {
    "add": _add,
    "subtract": _subtract,
    "elapsed": _elapsed,
    "elapsed_paused": _elapsed,
    "add_paused": _add_paused,
    "is_open": lambda ours, case: (ours.is_open(at(case["start"])), ""),
    "next_open": lambda ours, case: (ours.next_open(at(case["start"])), ""),
    "next_close": lambda ours, case: (ours.next_close(at(case["start"])), ""),
    "prev_close": lambda ours, case: (ours.previous_close(at(case["start"])), ""),
    "add_days": _add_days,
    "subtract_days": _subtract_days,
    "add_days_eod": _days_eod,
    "add_dates": _add_dates,
    "subtract_dates": _subtract_dates,
    "days_between": _days_between,
    "days_between_inclusive": _days_between_inclusive,
    "periods_after": _periods_after,
    "periods_before": _periods_before,
    "local_to_utc": _local_to_utc,
}

_SECONDS = {"elapsed", "elapsed_paused"}
_DATES = {"add_dates", "subtract_dates"}
_PLAIN = {"is_open", "days_between", "days_between_inclusive"}
_PERIODS = {"periods_after", "periods_before"}


def _said(op: str, expected: Any) -> Any:
    if op in _SECONDS:
        return microseconds(expected)
    if op in _DATES:
        return day(expected)
    if op in _PLAIN:
        return expected
    return [interval(period) for period in expected] if op in _PERIODS else at(expected)


def _shown(op: str, ours: Any) -> str:
    if op in _SECONDS:
        return f"{ours / 1_000_000} s"
    if op in _DATES | _PLAIN:
        return str(ours)
    if op in _PERIODS:
        return ", ".join(f"{moment(start).isoformat()}–{moment(end).isoformat()}" for start, end in ours)
    return moment(ours).isoformat()
