"""An event of another system from its words: `case opened severity=P1`, `case status changed to waiting`."""

import json
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from cli.scenarios.details import Details
from cli.scenarios.document import Text
from cli.scenarios.times import TIME, BadTime, LocalTime
from shared.contracts.envelope import Said
from shared.contracts.instant import render
from shared.policy.policy import Policy
from shared.policy.reading import PolicyProblems, Problem, nearest
from shared.policy.vocabulary import STATED

_LINKS = ("to", "into", "from", "as", "by")


def event_of(said: type[Said], details: Details, policy: Policy, customer: str, where: ZoneInfo) -> Said:
    """The data of an event; a word that stands alone is its one required member.

    Raises:
        PolicyProblems: members that the event or the policy does not know.
    """
    problems: list[Problem] = []
    given: dict[str, str] = {name: text.words for name, text in details.given.items()}
    fields = {field.alias or name: field for name, field in said.model_fields.items()}
    required = [name for name, field in fields.items() if field.is_required() and name != "customer"]
    words = list(details.chunks)
    if words and len(required) == 1 and required[0] not in given:
        first, _, rest = words.pop(0).words.partition(" ")
        given[required[0]] = rest if first in _LINKS and rest else f"{first} {rest}".strip()
    if words or details.wants or details.clock:
        other = details.wants[0].words if details.wants else details.clock
        left = words[0] if words else Text(other, details.place)
        wrong = f"{left.words!r} says nothing of {said.type}"
        problems.append(left.place.problem(wrong, "write members as name=value: severity=P1"))
    for name, value in given.items():
        place = details.given[name].place if name in details.given else details.place
        if name in details.quoted:
            continue
        if name not in (known := {*fields, *STATED, *policy.vocabulary.attributes}):
            problems.append(place.problem(f"{said.type} has no {name!r}", nearest(name, sorted(known))))
        values = policy.vocabulary.values(name)
        if values and value not in values:
            problems.append(place.problem(f"unknown {name} {value!r}", nearest(value, values)))
    if problems:
        raise PolicyProblems(problems)
    if "customer" in fields and fields["customer"].is_required():
        given.setdefault("customer", customer)
    return _validated(said, given, details, where)


def _validated(said: type[Said], given: dict[str, str], details: Details, where: ZoneInfo) -> Said:
    """With values as they stand, or as the local times, numbers and lists that they look like."""
    values: dict[str, Any] = dict(given)
    try:
        return said.model_validate(values)
    except ValidationError as wrong:
        for mistake in wrong.errors():
            name = str(mistake["loc"][0])
            if name in given:
                values[name] = _meant(given[name], where)
    try:
        return said.model_validate(values)
    except ValidationError as wrong:
        problems = []
        for mistake in wrong.errors():
            name = str(mistake["loc"][0]) if mistake["loc"] else ""
            place = details.given[name].place if name in details.given else details.place
            problems.append(place.problem(f"{said.type}: {name}: {mistake['msg']}", f"write {name}=…"))
        raise PolicyProblems(problems) from None


def _meant(text: str, where: ZoneInfo) -> Any:
    if (time := TIME.fullmatch(text)) is not None and time["date"]:
        try:
            return render(LocalTime.of(time).after(date.min, where))
        except BadTime:
            return text
    if text.startswith("["):
        return [item.strip().strip('"') for item in text.strip("[]").split(",") if item.strip()]
    try:
        return json.loads(text)
    except ValueError:
        return text
