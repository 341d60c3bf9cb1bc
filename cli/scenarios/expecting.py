"""What a phrase wants of a fact or of a clock, and whether one is it."""

from collections.abc import Mapping, Sequence
from typing import get_args

from pydantic import BaseModel

from cli.scenarios.details import Details, Want
from cli.scenarios.living import Spoken
from cli.scenarios.vocabulary import Word, beginning, spoken
from services.clock.domain.view import CycleShown
from shared.calendar.errors import CalendarError
from shared.calendar.spans import Span
from shared.contracts.clock import ClockSaid
from shared.contracts.envelope import Said
from shared.contracts.escalation import PageRequested
from shared.contracts.instant import SECOND
from shared.policy.directory import Directory
from shared.policy.escalation import TARGETS, same_point
from shared.policy.policy import Policy
from shared.policy.reading import PolicyProblems, nearest

_URGENCIES = ("critical", "normal", "digest")
_CAUSES = ("cause", "why", "reason", "effect", "paused_because")
_LEFT, _USED = ("remaining", "remaining_seconds"), ("used", "used_seconds")
Pages = Mapping[str, PageRequested]


def wants_of(word: Word, details: Details, policy: Policy, directory: Directory) -> tuple[Want, ...]:
    """What a phrase wants of a fact of its type.

    Raises:
        PolicyProblems: the type has no such member, or somebody or something is named that is not there.
    """
    fields = word.said.model_fields
    wants = [_of_member(want, word.said, details) for want in details.wants]
    if details.clock:
        wants.append(_of_member(Want("clock", "equal", details.clock, details.clock), word.said, details))
    elif "clock" in fields and issubclass(word.said, ClockSaid) and word.said.type != "update.requested":
        hint = nearest(details.rest, list(policy.clocks))
        raise PolicyProblems([details.rest_place.problem("no clock is named", hint)])
    for name, text in details.given.items():
        if name not in fields:
            problem = text.place.problem(f"{word.said.type} has no {name!r}", nearest(name, fields))
            raise PolicyProblems([problem])
        wants.append(_given(name, text.words, details))
    wants += _rest(word, details, policy, directory)
    named = {want.member for want in wants}
    wants += [Want(name, "equal", value) for name, value in (word.fixed or {}).items() if name not in named]
    return tuple(wants)


def _rest(word: Word, details: Details, policy: Policy, directory: Directory) -> list[Want]:
    """What the plain words name."""
    first, wants = details.rest, []
    if first and not word.rest:
        wrong = f"{first!r} says nothing of {word.said.type}"
        raise PolicyProblems([details.rest_place.problem(wrong, nearest(first, _said_of(word.said)))])
    match word.rest if first else "":
        case "":
            pass
        case "person" | "page":
            _known(first.partition(" of ")[0], [*directory.people, *TARGETS], "receiver", details)
            who = first.partition(" of ")[0]
            wants.append(Want(word.rest, "receiver" if word.rest == "person" else "page", who, first))
        case "tier" | "to_tier":
            tiers = {tier.name.lower(): tier.name for tier in policy.escalation.tiers}
            name = first.removeprefix("to ")
            _known(name.lower(), tiers, "tier", details)
            wants.append(Want(word.rest, "equal", tiers[name.lower()], name))
        case "what":
            known = get_args(word.said.model_fields["what"].annotation)
            what = beginning(first, known) or _SHORT.get(first.partition(" ")[0], "")
            _known(what or first, known, "judgement", details)
            point = " ".join(first.split()[len(what.split()) :])
            wants.append(Want("what", "equal", what, what))
            wants += [Want("warning", "point", point, point)] if point else []
        case "warning" | "objective":
            wants.append(Want(word.rest, "point", first.removeprefix("at "), first))
        case "fact_type":
            wants.append(Want("fact_type", "point", spoken(first), first))
        case _:
            wants.append(Want(word.rest, "step", first.removeprefix("step "), first))
    for chunk in [text.words for text in details.chunks[1:]]:
        urgent = issubclass(word.said, PageRequested) and chunk in _URGENCIES
        wants.append(Want("urgency", "equal", chunk, chunk) if urgent else Want("", "any", chunk, chunk))
    return wants


_SHORT = {"warning": "warned", "breach": "breached"}


def _given(name: str, value: str, details: Details) -> Want:
    """`until="Mon 09:00"` is an instant, everything else as it is written."""
    if name in details.times:
        return Want(name, "instant", details.times[name], f"{name}={value}")
    return Want(name, "equal", value, f"{name}={value}")


def _said_of(said: type[Said]) -> list[str]:
    """What can be said of a fact, in a few words."""
    fields = said.model_fields
    words = [name.replace("_", " ") + " TIME" for name in ("due", "was_due", "next_due") if name in fields]
    words += [f"3 h {word}" for name, word in (("remaining", "left"), ("used", "used")) if name in fields]
    words += ["in time", "late"] if "late" in fields else []
    return [*words, "because WORDS", "cycle 2", "name=value"]


def _known(name: str, allowed: Mapping[str, object] | Sequence[str], what: str, details: Details) -> None:
    if name not in allowed:
        wrong = f"unknown {what} {name!r}"
        raise PolicyProblems([details.rest_place.problem(wrong, nearest(name, list(allowed)))])


def standing_of(details: Details) -> tuple[Want, ...]:
    """What a phrase wants of a clock as others read it."""
    wants = [_of_member(want, CycleShown, details) for want in details.wants]
    if details.chunks:
        state = " ".join(text.words for text in details.chunks)
        wants.append(Want("state", "equal", state, state))
    for name, text in details.given.items():
        if name not in CycleShown.model_fields:
            hint = nearest(name, CycleShown.model_fields)
            raise PolicyProblems([text.place.problem(f"a clock shows no {name!r}", hint)])
        wants.append(_given(name, text.words, details))
    return tuple(wants)


def _of_member(want: Want, said: type[BaseModel], details: Details) -> Want:
    """The want with the name that this type has for it."""
    others = {"cause": _CAUSES, "left": _LEFT, "used": _USED}.get(want.member, (want.member,))
    if want.member == "noticed":
        return want
    for name in others:
        if name in said.model_fields:
            return Want(name, want.how, want.value, want.words)
    if want.member == "late" and said is CycleShown:
        return Want("state", "contains", "late" if want.value else "", want.words)
    kind = getattr(said, "type", "a clock")
    raise PolicyProblems([details.place.problem(f"{want.words!r} cannot be said of {kind}")])


def agrees(want: Want, spoken_: Spoken, pages: Pages) -> bool:
    if want.how == "instant" and want.member == "noticed":
        return _holds(want, spoken_.noticed)
    data = spoken_.data
    if want.how == "receiver" and isinstance(data, PageRequested):
        return want.value in (data.person, data.role)
    if want.how == "page":
        page = pages.get(getattr(data, "page", ""))
        return page is not None and want.value in (page.person, page.role)
    if want.how == "any":
        return want.value in [value for value in data.model_dump().values() if isinstance(value, str)]
    return _holds(want, getattr(data, want.member))


def stands(want: Want, clock: CycleShown) -> bool:
    value = getattr(clock, want.member)
    if want.member.endswith("_seconds"):
        value = None if value is None else round(value * SECOND)
    if want.member == "state" and want.how == "equal":
        return bool(str(want.value) == value.replace(",", ""))
    return _holds(want, value)


def _holds(want: Want, value: object) -> bool:
    match want.how:
        case "none":
            return value is None
        case "instant":
            return isinstance(want.value, frozenset) and value in want.value
        case "point":
            return same_point(spoken(str(want.value)), spoken(str(value)))
        case "contains":
            return str(want.value).casefold() in str(value).casefold()
        case "step":
            number, _, at = str(value).partition(": ")
            return want.value in (value, number, at)
        case "equal" if isinstance(want.value, str) and type(value) is int:
            return _micros(want.value) == value
        case _ if isinstance(want.value, str):
            return bool(_text(value) == want.value)
        case _:
            return bool(want.value == value)


def _micros(text: str) -> int | None:
    try:
        return Span.parse(text).microseconds
    except CalendarError:
        return int(text) if text.lstrip("-").isdigit() else None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)
