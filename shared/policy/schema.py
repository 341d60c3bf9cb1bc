"""The JSON Schema of a policy, for editors: they complete its words and show what they mean. Pure.

It knows the form of each section. What one section says of another (a calendar that is not there, a step
without a warning point) is the readers' business, and `tocsin policy check` says it.
"""

from typing import Any, TypeAlias, get_args

from shared.calendar.public_holidays import available
from shared.contracts.case_said import FOLLOWS
from shared.contracts.escalation import Urgency
from shared.policy.calendars import ALWAYS
from shared.policy.clocks import OBJECTIVES, SPLITS, STARTS, STOPS, Afterwards, OnChange
from shared.policy.escalation import TARGETS
from shared.policy.targets import MEASURED, NO_PROMISE
from shared.policy.vocabulary import STATED

Schema: TypeAlias = dict[str, Any]

_WORD: Schema = {"type": ["string", "number", "boolean"]}
_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"enum": [True, False, "true", "false"]}


def schema() -> Schema:
    """The whole of it, as JSON Schema of draft 7: what editors understand."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A policy: what a support contract promises",
        **_members(
            {
                "policy": _said(_TEXT, "Its name; cases are pinned to name@date."),
                "effective": _said(_DAY, "The date from which it is in force."),
                "title": _said(_TEXT, "For its readers."),
                "zone": _said(_TEXT, "The IANA zone in which its date begins: Europe/Copenhagen."),
                "severities": _said(_meanings(), "From the most severe to the least, with what each means."),
                "default_severity": _said(_WORD, "Where a case states none; else the last one."),
                "kinds": _said(_many(_WORD), "Kinds of case; none named: any."),
                "statuses": _said(_meanings(), "The first is the one that a case begins in."),
                "attributes": _said(
                    {"type": "object", "additionalProperties": {"anyOf": [_many(_WORD), {"type": "null"}]}},
                    "What else a case may state, with the values that it may have.",
                ),
                "applies": _said(_ref("when"), "Only to these cases; of others nothing is measured."),
                "calendars": _said(_named(_calendar()), "Business hours by name."),
                "coverage": _said(_coverage(), "Which calendar counts; the first rule that matches wins."),
                "clocks": _said(_named(_clock()), "What is measured and promised."),
                "tiers": _said(_many(_tier()), "From the first to the last."),
                "routing": _said(_many(_rule({"to": _WORD}, ["to"])), "To which tier a case goes."),
                "ladders": _said(_many(_ladder()), "Who hears of it when a clock runs low."),
            },
            ("policy", "effective", "severities", "calendars", "coverage", "statuses", "clocks"),
        ),
        "definitions": {"when": _when(), "span": _SPAN, "point": _POINT, "hours": _HOURS},
    }


_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
_SPAN: Schema = {
    "type": "string",
    "pattern": r"^\s*\d+(\.\d+)?\s*\S.*$",
    "examples": ["30 min", "1h 30m", "2 business days", "1 week"],
}
_POINT: Schema = {
    "type": "string",
    "pattern": r"(%|before|after)\s*$",
    "examples": ["75 %", "30 min before", "1 h after"],
}
_HOURS: Schema = {"type": "string", "pattern": r"^\d{1,2}:\d\d.*-\d{1,2}:\d\d", "examples": ["08:00-16:00"]}


def _calendar() -> Schema:
    days = _many({"anyOf": [{"enum": available()}, _TEXT, {"type": "object"}]})
    own = _members(
        {
            "zone": _said(_TEXT, "An IANA zone: Europe/Copenhagen."),
            "hours": _said(_named(_many(_ref("hours"))), "{mon-fri: 08:00-16:00}"),
            "holidays": _said(days, "A country's by name, or days: 2026-12-24, *-12-25."),
            "shifts": _said(_named(_many(_ref("hours"))), "Other hours on a date, also on a holiday."),
            "means": _TEXT,
        },
        ("zone", "hours"),
    )
    return {"anyOf": [{"enum": list(ALWAYS)}, own]}


def _coverage() -> Schema:
    return _many({"anyOf": [_TEXT, _rule({"calendar": _TEXT}, ["calendar"])]})


def _clock() -> Schema:
    stops = _many(_trigger(STOPS))
    reopening = _members(
        {"resume_within": _ref("span"), "else": {"enum": list(get_args(Afterwards))}}, ("resume_within",)
    )
    return _members(
        {
            "means": _said(_TEXT, "In the words of the contract."),
            "owner": _said(_TEXT, "Whose work it is."),
            "when": _said(_ref("when"), "Only for these cases."),
            "starts": _said(_many(_trigger(STARTS)), "The facts that start it."),
            "stops": _said(stops, "The facts that end it."),
            "counts": _said(stops, "The facts that count as the update."),
            "stage": _said(_ref("when"), "Runs while this holds, once for each time that it begins to."),
            "after": _said(_TEXT, "Starts only once this clock has ended."),
            "repeats": _said(_FLAG, "Each start begins it anew, unless it runs."),
            "within": _said(_promises("within"), "The target."),
            "every": _said(_promises("every"), "Begins again by itself after each update."),
            "targets": _said(
                {"anyOf": [_promises("within"), _promises("every")]}, "By severity, or ordered rules."
            ),
            "calendar": _said(_coverage(), "Instead of the policy's coverage."),
            "warn": _said(_many(_ref("point")), "When somebody hears of it beforehand."),
            "automatic": _said(_ref("point"), "When the policy itself asks for the update."),
            "pauses": _said(_many(_ref("when")), "Stands still while one of these holds."),
            "while": _said(_ref("when"), "Stands still while this does not hold."),
            "reopen": _said(
                {"anyOf": [{"enum": ["resume", "new cycle", "nothing"]}, reopening]},
                "What a reopened case does to it: {resume_within: 5 d, else: new cycle}.",
            ),
            "on_change": _said(
                {"enum": list(get_args(OnChange))}, "When the severity or the package changes."
            ),
            "exceptions": _said(_FLAG, "An approved exception excuses it."),
            "split": _said(
                {"enum": list(SPLITS)}, "Of a case that was split off: counts from here or there."
            ),
            "objectives": _said(
                _members(dict.fromkeys(OBJECTIVES, _ref("span"))), "What the outcome may be at most."
            ),
        }
    )


def _promises(word: str) -> Schema:
    amount = {"anyOf": [_ref("span"), {"enum": [NO_PROMISE, MEASURED]}]}
    more = {
        "reading": _said({"enum": ["same time", "hours", "end of day"]}, "How business days are counted."),
        "calendar": _said(_TEXT, "Instead of the one that the coverage names."),
        "warn": _many(_ref("point")),
    }
    rules = _many({"anyOf": [amount, _rule({word: amount, **more}, [word])]})
    by_severity = {"type": "object", "not": {"anyOf": [{"required": [word]}, {"required": ["when"]}]}}
    return {"anyOf": [rules, {**by_severity, "additionalProperties": amount}]}


def _trigger(facts: tuple[str, ...]) -> Schema:
    fact: Schema = {"enum": list(facts)}
    return {"anyOf": [fact, _members({"fact": fact, "when": _ref("when")}, ("fact",))]}


def _tier() -> Schema:
    budget = _said(_ref("point"), "How much of the time for a resolution a case may lie there.")
    return _members({"tier": _WORD, "team": _TEXT, "role": _TEXT, "budget": budget}, ("tier", "team"))


def _ladder() -> Schema:
    receivers = _many({"anyOf": [{"enum": list(TARGETS)}, _TEXT]})
    step = _members(
        {
            "at": _said(_TEXT, "75 %, breach, breach + 1 h, silence, idle 2 h"),
            "page": _said(receivers, "Those who must act."),
            "notify": _said(receivers, "Those who should know."),
            "escalate": _said(_WORD, "The tier that the case goes up to; or next."),
            "acknowledge_within": _said(_ref("span"), "How long silence is borne."),
            "urgency": _said(
                {"enum": list(get_args(Urgency))}, "Of the pages; critical where nothing is said."
            ),
        },
        ("at",),
    )
    return _rule({"clocks": _many(_TEXT), "steps": _many(step)}, ["clocks", "steps"])


def _when() -> Schema:
    values = _many(_WORD)
    value = {"anyOf": [values, _members({"not": values}, ("not",))]}
    return {
        "type": "object",
        "description": "All of these must hold; of a list, one value.",
        "properties": {
            name: {"anyOf": [_many({"enum": list(FOLLOWS[name])}), value]} if name in FOLLOWS else value
            for name in (*STATED, "status", *FOLLOWS)
        },
        "additionalProperties": value,
    }


def _rule(members: dict[str, Schema], required: list[str]) -> Schema:
    return _members({"when": _ref("when"), **members}, required)


def _members(properties: dict[str, Schema], required: "tuple[str, ...] | list[str]" = ()) -> Schema:
    listed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **listed, "additionalProperties": False}


def _named(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _many(of: Schema) -> Schema:
    """One, or a list."""
    return {"anyOf": [of, {"type": "array", "items": of}]}


def _meanings() -> Schema:
    said = {"anyOf": [_WORD, {"type": "null"}, _members({"means": _TEXT})]}
    return {"anyOf": [_named(said), _many(_WORD)]}


def _said(of: Schema, description: str) -> Schema:
    return {**of, "description": description}


def _ref(name: str) -> Schema:
    # In draft 7 whatever stands beside a $ref is passed over: allOf keeps the description.
    return {"allOf": [{"$ref": f"#/definitions/{name}"}]}
