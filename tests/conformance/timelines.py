"""The format with `meta` and `cases`: calendar questions by `kind`, and timelines of whole SLAs.

`class` says what must agree: calendar_fact and common_semantics; peer_specific may differ. One field lets a
case choose an option: `boundary_alternative` (the peer rolls a due at a closing on to the next opening). What
else a timeline chooses by its fields stands in `statuses` and `described`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.calendar import pauses
from shared.calendar.calendar import Calendar
from shared.calendar.errors import CalendarError
from shared.calendar.hours import of_day
from shared.calendar.instants import DAY, moment
from shared.policy.reading import PolicyProblems
from tests.conformance.described import options
from tests.conformance.expectations import Comparison
from tests.conformance.life import live
from tests.conformance.reading import Case, at, calendar, day, interval, microseconds, pick
from tests.conformance.verdict import CannotAsk, Verdict

_PROBE = 1500 * DAY

Answer = tuple[Any, Any]


def judge(case: Case) -> Verdict:
    """Ask one case."""
    source, kind = f"{case['source']['repo']} ({case['class']})", case["kind"]
    contested = case["class"] == "peer_specific"
    try:
        if kind == "sla_timeline":
            compared = Comparison(case, live(case))
            if not compared.differences:
                chosen = dict.fromkeys([*options(case), *compared.options])
                return Verdict(source, case["id"], kind, "agree", " and ".join(chosen))
            reason = f"{'; '.join(compared.differences)}; {case.get('notes', '')}"
            return Verdict(source, case["id"], kind, "differ", reason, contested)
        if kind not in _ASK:
            raise CannotAsk(f"kind {kind!r}")
        ours, expected = _ASK[kind](calendar(case["calendar"]), case)
    except (CannotAsk, PolicyProblems) as why:
        return Verdict(source, case["id"], kind, "cannot be asked", str(why), contested)
    except CalendarError as refusal:
        return Verdict(
            source, case["id"], kind, "differ", f"we refuse: {refusal}; {case.get('notes', '')}", contested
        )
    if ours == expected:
        return Verdict(source, case["id"], kind, "agree")
    reason = f"expected {case['expected']}, ours {_shown(ours)}; {case.get('notes', '')}"
    return Verdict(source, case["id"], kind, "differ", reason, contested)


def _shown(ours: Any) -> str:
    if isinstance(ours, int) and not isinstance(ours, bool):
        return moment(ours).isoformat() if abs(ours) > 1000 * DAY else f"{ours / 1_000_000:g} (s)"
    return str(ours)


def _result(case: Case, *names: str) -> Any:
    expected = case["expected"]
    return pick(expected, *names, "result") if isinstance(expected, Mapping) else expected


def _amount(said: Case) -> int:
    for name, unit in (
        ("business_seconds", "seconds"),
        ("business_minutes", "minutes"),
        ("business_hours", "hours"),
    ):
        if said.get(name) is not None:
            return microseconds(said[name], unit)
    amount = pick(said, "amount", "seconds")
    return (
        microseconds(amount["value"], amount["unit"]) if isinstance(amount, Mapping) else microseconds(amount)
    )


def _sign(said: Case) -> int:
    direction = said.get("direction", "forward")
    if direction not in ("forward", "after", "backward", "backwards", "before"):
        raise CannotAsk(f"direction {direction!r}")
    return 1 if direction in ("forward", "after") else -1


def _pauses(case: Case) -> list[tuple[int, int]]:
    return [interval(pause) for pause in case["input"].get("pauses") or case.get("pauses") or ()]


def _add(ours: Calendar, case: Case) -> Answer:
    said = case["input"]
    start, amount, paused = at(pick(said, "start", "at")), _amount(said), _pauses(case)
    expected = at(_result(case, "due"))
    if _sign(said) < 0:
        if paused:
            raise CannotAsk("subtracting business time with pauses")
        return ours.add(start, -amount), expected
    closing = pauses.add(ours, start, amount, paused)
    alternative = case.get("boundary_alternative") or case["input"].get("boundary_alternative")
    if isinstance(case["expected"], Mapping):
        alternative = alternative or case["expected"].get("boundary_alternative")
    if alternative is None:
        return closing, expected
    # The case knows both answers: ours at the closing must be its alternative, the rolled one its result.
    alternative = at(alternative["result"] if isinstance(alternative, Mapping) else alternative)
    return (closing, pauses.first_after(ours, start, amount, paused)), (alternative, expected)


def _between(ours: Calendar, case: Case) -> Answer:
    said = case["input"]
    used = pauses.elapsed(ours, at(said["start"]), at(said["end"]), _pauses(case))
    expected = case["expected"]
    if isinstance(expected, Mapping) and "business_minutes" in expected:
        return used, microseconds(expected["business_minutes"], "minutes")
    return used, microseconds(_result(case, "business_seconds", "seconds"))


def _add_days(ours: Calendar, case: Case) -> Answer:
    said = case["input"]
    n = _sign(said) * int(pick(said, "business_days", "days", "n", "amount"))
    if said.get("end_of_day") or said.get("end_of_working_day"):
        return ours.add_business_days(at(said["start"]), n, "end_of_day"), at(_result(case))
    return ours.add_business_days(at(said["start"]), n), at(_result(case))


def _periods(ours: Calendar, case: Case) -> Answer:
    expected = [interval(period) for period in _result(case, "periods", "intervals", "open_periods")]
    return _open_periods(ours, case["input"], len(expected)), expected


def _open_periods(ours: Calendar, said: Case, n: int) -> list[tuple[int, int]]:
    start = at(pick(said, "start", "from", "at"))
    if said.get("end") or said.get("to"):
        return list(ours.intervals(start, at(pick(said, "end", "to"))))
    n = int(said.get("n") or said.get("count") or said.get("take") or n)
    if _sign(said) < 0:
        return list(ours.intervals(start - _PROBE, start))[::-1][:n]
    return [period for period, _ in zip(ours.intervals(start, start + _PROBE), range(n), strict=False)]


def _intersection(ours: Calendar, case: Case) -> Answer:
    said = case["input"]
    given = [*said.values(), *(value for name, value in case.items() if name not in ("calendar", "expected"))]
    others = [value for value in given if isinstance(value, Mapping) and "weekly" in value]
    others += said.get("calendars") or ()
    if not others:
        raise CannotAsk("no other calendar in the input")
    for other in others:
        ours = ours.intersection(calendar(other))
    expected = case["expected"]
    if "weekly" in expected or "weekly" in (expected.get("calendar") or {}):
        told = calendar({"timezone": case["calendar"]["timezone"], **(expected.get("calendar") or expected)})
        start = at(said["start"]) if "start" in said else at("2024-01-01T00:00:00+00:00")
        return list(ours.intervals(start, start + _PROBE)), list(told.intervals(start, start + _PROBE))
    return _periods(ours, case)


def _local(ours: Calendar, case: Case) -> Answer:
    wall = datetime.fromisoformat(pick(case["input"], "local", "local_time", "wall", "start")).replace(
        tzinfo=None
    )
    expected = at(_result(case, "utc", "instant"))
    return ours.at_local(wall.date(), of_day(wall.time().isoformat())), expected


def _is_holiday(_: Calendar, case: Case) -> Answer:
    # A closed date is not a holiday: ask the list of holidays, not the hours.
    said = {**case["calendar"], "always_open": True, "breaks": {}, "shifts": {}}
    on = day(pick(case["input"], "date", "day", "start", "at"))
    return not calendar(said).is_business_day(on), _result(case, "is_holiday", "holiday")


def _is_open(ours: Calendar, case: Case) -> Answer:
    return ours.is_open(at(pick(case["input"], "at", "start", "instant"))), _result(case, "is_open", "open")


_ASK: dict[str, Callable[[Calendar, Case], Answer]] = {
    "add_business_time": _add,
    "add_business_time_with_pauses": _add,
    "business_time_between": _between,
    "business_time_between_with_pauses": _between,
    "add_business_days": _add_days,
    "open_periods": _periods,
    "next_open_instant": lambda ours, case: (ours.next_open(at(case["input"]["start"])), at(_result(case))),
    "is_open": _is_open,
    "is_holiday": _is_holiday,
    "local_time_resolution": _local,
    "schedule_intersection": _intersection,
}
