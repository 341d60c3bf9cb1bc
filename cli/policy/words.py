"""A policy in plain words, sentence by sentence: for whoever was promised something. Pure."""

from collections.abc import Iterator, Sequence

from cli.policy.kinds import listed
from shared.calendar.calendar import Calendar
from shared.calendar.hours import WEEKDAYS
from shared.calendar.instants import DAY, HOUR, MINUTE
from shared.calendar.intervals import Interval
from shared.calendar.schedule import Weekly
from shared.policy.clocks import ClockTerms, Trigger
from shared.policy.escalation import Step, Tier
from shared.policy.match import Condition, When
from shared.policy.policy import Terms

_FACTS = {
    "case.opened": "the case is opened",
    "case.changed": "the case is described anew",
    "case.status_changed": "its status changes",
    "case.resolved": "the case is resolved",
    "case.closed": "the case is closed",
    "customer.replied": "the customer writes",
    "support.replied": "support answers",
    "support.updated": "support says how the case stands",
    "update.sent": "an update is sent",
    "severity.proposed": "a severity is proposed",
    "severity.confirmed": "the other side confirms it",
    "severity.disputed": "the other side disputes it",
    "exception.requested": "an exception is requested",
    "exception.approved": "an exception is approved",
    "disaster.declared": "a disaster is declared",
    "service.restored": "the service is restored",
    "upstream.disrupted": "the platform below is disrupted",
    "upstream.restored": "the platform below is restored",
}
_RECEIVERS = {
    "assignee": "whoever has the case",
    "on-call": "the person on call",
    "secondary": "the second person on call",
    "manager": "the manager",
}


def name(clock: str) -> str:
    return clock.replace("_", " ")


def promise(clock: ClockTerms, terms: Terms | None) -> str:
    """What a clock promises: `4 h (office)`."""
    if terms is None:
        return "–"
    if terms.target.measured:
        return "measured only"
    amount = f"every {terms.target.words}" if clock.every else terms.target.words
    return f"{amount} ({terms.calendar_name})"


def hours(calendar: Calendar) -> str:
    """`Mon–Fri 08:00–16:00, Europe/Copenhagen, but for 24 holidays`."""
    schedule = calendar.schedule
    if not isinstance(schedule, Weekly):
        return "around the clock"
    parts = []
    for first, last in _runs(schedule.week):
        days = WEEKDAYS[first].title() + (f"–{WEEKDAYS[last].title()}" if last > first else "")
        open_hours = ", ".join(f"{_time(start)}–{_time(end)}" for start, end in schedule.week[first])
        parts.append(f"{days} {open_hours}")
    told = "; ".join(parts) + f", {schedule.zone.key}"
    if schedule.holidays.all:
        told += ", not on holidays"
    if schedule.shifts or schedule.breaks:
        told += ", other hours on some dates"
    return told


def clock(terms: ClockTerms) -> Iterator[str]:
    """What one clock measures, and when it stands still."""
    if terms.means:
        yield terms.means[0].upper() + terms.means[1:] + "."
    if terms.stage is not None:
        yield f"Runs while {when(terms.stage)}."
    elif terms.every:
        yield f"From when {_triggers(terms.starts)}, and anew each time {_triggers(terms.stops)}."
    else:
        again = " Repeats." if terms.repeats else ""
        yield f"From when {_triggers(terms.starts)} until {_triggers(terms.stops)}.{again}"
    if terms.owner:
        yield f"It is the work of the {terms.owner}."
    if terms.after is not None:
        yield f"Not before the {name(terms.after)}."
    if terms.applies.conditions:
        yield f"Only where {when(terms.applies)}."
    if terms.pauses:
        yield f"Stands still while {listed([when(pause) for pause in terms.pauses], 'or')}."
    if terms.runs_while.conditions:
        yield f"Counts only while {when(terms.runs_while)}."
    if terms.exceptions:
        yield "An exception that is approved excuses it."
    for objective, most in terms.objectives.items():
        yield f"{name(objective).capitalize()}: at most {_span(most)}."


def reopening(terms: ClockTerms) -> str:
    """What a reopened case does to it."""
    ways = terms.reopening
    if ways is None:
        return "A reopened case does not concern it."
    if ways.resume_within is None:
        return "A reopened case goes on where it was."
    afterwards = "begins anew" if ways.afterwards == "new cycle" else "does not concern it"
    if not ways.resume_within:
        return f"A reopened case {afterwards}."
    within = _span(ways.resume_within)
    return f"A case that is reopened within {within} goes on where it was, one that is later {afterwards}."


def on_change(terms: ClockTerms) -> str:
    """What another severity or package does to it."""
    match terms.on_change:
        case "retroactive":
            return "When the severity changes, the new promise counts from the start."
        case "from_now":
            return "When the severity changes, the new promise counts from then on."
        case "keep":
            return "When the severity changes, the first promise stays."


def when(asked: When) -> str:
    """`the status is on hold and the kind is not question`."""
    return listed([_condition(each) for each in asked.conditions]) or "always"


def tier(each: Tier) -> str:
    role = f" ({each.role})" if each.role else ""
    budget = f", for at most {each.budget} of the time for a resolution" if each.budget else ""
    return f"{each.name}{role}{budget}"


def ladder(steps: Sequence[Step]) -> Iterator[str]:
    """One sentence a step."""
    for step in steps:
        acts = []
        if step.escalate is not None:
            acts.append(
                "the case goes up to " + ("the next tier" if step.escalate == "next" else step.escalate)
            )
        if step.page:
            within = f", to answer within {_span(step.acknowledge_within)}" if step.acknowledge_within else ""
            acts.append(f"{_receivers(step.page)} called{within}")
        if step.notify:
            acts.append(f"{_receivers(step.notify)} told")
        yield f"{_moment(step)}: {listed(acts)}"


def _moment(step: Step) -> str:
    match step.at.moment:
        case "silence":
            return "no answer"
        case "idle":
            return f"nothing happens for {_span(step.at.after)} after the answer"
        case "breach":
            return f"{_span(step.at.after)} after the breach" if step.at.after else "the time is used up"
        case "point":
            return f"at {step.at.words}"


def _receivers(targets: Sequence[str]) -> str:
    return f"{listed(list(map(_receiver, targets)))} {'is' if len(targets) == 1 else 'are'}"


def _receiver(target: str) -> str:
    role, of, team = target.partition(" of ")
    return _RECEIVERS.get(role, role) + of + team


def _triggers(triggers: Sequence[Trigger]) -> str:
    said = []
    for trigger in triggers:
        words = _FACTS.get(trigger.fact, trigger.fact.replace(".", " is "))
        said.append(f"{words} and {when(trigger.when)}" if trigger.when.conditions else words)
    return listed(said, "or")


def _condition(condition: Condition) -> str:
    values = [value.replace("_", " ") for value in condition.values]
    return f"the {name(condition.attribute)} is {'not ' if condition.negated else ''}{listed(values, 'or')}"


def _runs(week: Sequence[tuple[Interval, ...]]) -> Iterator[tuple[int, int]]:
    """Weekdays in a row with the same hours: (first, last)."""
    first = 0
    for day in range(1, 8):
        if day == 7 or week[day] != week[first]:
            if week[first]:
                yield first, day - 1
            first = day


def _time(of_day: int) -> str:
    minutes = of_day // MINUTE
    if of_day > DAY:
        return f"{minutes // 60 - 24:02}:{minutes % 60:02} (next day)"
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _span(microseconds: int) -> str:
    for unit, word in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if not microseconds % unit:
            return f"{microseconds // unit} {word}"
    return f"{microseconds / 1_000_000:g} s"
