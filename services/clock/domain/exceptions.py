"""Exceptions (PR-6): a case that cannot be kept in time: the reason, the plan, who approved it, the end.

All are kept and shown. One at most is in force; while it is, clocks that the policy lets be excused are.
"""

from typing import Any, Literal, NamedTuple

from services.clock.domain.judgement import Judgement


class Waiver(NamedTuple):
    """One exception, from the request to its end. Instants in UTC microseconds."""

    requested: int
    requested_by: str
    reason: str
    plan: str
    expires: int
    state: Literal["requested", "approved", "rejected", "ended", "expired"] = "requested"
    decided: int | None = None
    decided_by: str = ""
    ended: int | None = None
    why: str = ""
    """Why it was rejected or ended, where somebody said so."""


Waivers = tuple[Waiver, ...]


def in_force(waivers: Waivers) -> Waiver | None:
    return next((each for each in waivers if each.state == "approved"), None) if waivers else None


def asked(waivers: Waivers) -> Waiver | None:
    """The request that waits for an answer."""
    return next((each for each in waivers if each.state == "requested"), None)


def objection(waivers: Waivers, fact: str, details: dict[str, Any], at: int) -> str:
    """Why this cannot be; empty: it can."""
    request = asked(waivers)
    match fact:
        case "exception.requested" if request is not None:
            return "an exception is requested already: approve or reject it first"
        case "exception.requested" if details["expires"] <= at:
            return "the exception would have expired before it was requested"
        case "exception.approved" | "exception.rejected" if request is None:
            return "no exception is requested"
        case "exception.approved" if request is not None and request.expires <= at:
            return "the exception has expired before it was approved"
        case "exception.ended" if in_force(waivers) is None and request is None:
            return "there is no exception to end"
        case _:
            return ""


def after(waivers: Waivers, fact: str, details: dict[str, Any], at: int) -> Waivers:
    """The exceptions after a fact about them; an approved one takes the place of the one in force."""
    by, reason = details.get("by", ""), details.get("reason", "")
    match fact:
        case "exception.requested":
            return (*waivers, Waiver(at, by, reason, details["plan"], details["expires"]))
        case "exception.approved":
            replaced = _each(waivers, "approved", state="ended", ended=at, why="another one was approved")
            return _each(replaced, "requested", state="approved", decided=at, decided_by=by)
        case "exception.rejected":
            return _each(waivers, "requested", state="rejected", decided=at, decided_by=by, why=reason)
        case _:
            current = "approved" if in_force(waivers) else "requested"
            return _each(waivers, current, state="ended", ended=at, why=reason)


def expired(waivers: Waivers, at: int) -> Waivers:
    return _each(waivers, "approved", state="expired", ended=at)


def _each(waivers: Waivers, of: str, **changed: Any) -> Waivers:
    return tuple(each._replace(**changed) if each.state == of else each for each in waivers)


def judged_excused(clock: str, cycle: int, waiver: Waiver, at: int, due: int | None) -> Judgement:
    notes = (waiver.reason, waiver.plan, waiver.decided_by)
    return Judgement("excused", clock, cycle, at, due=due, until=waiver.expires, notes=notes)
