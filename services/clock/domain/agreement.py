"""The severity that customer and provider agree on (PR-2): who proposed, who confirmed or disputed it.

Clocks run on what was proposed last. What a case states when it is opened is the customer's proposal.
"""

from typing import Literal, NamedTuple

from shared.contracts.occasions import Party


class Step(NamedTuple):
    """One step on the way to an agreement."""

    at: int
    what: Literal["proposed", "confirmed", "disputed"]
    severity: str
    by: Party


_OTHER = {"customer": "provider", "provider": "customer"}


def proposer(steps: tuple[Step, ...]) -> Party:
    """Whose severity it is at present."""
    return next((step.by for step in reversed(steps) if step.what == "proposed"), "customer")


def objection(steps: tuple[Step, ...], fact: str, by: str) -> str:
    """Why this step is not possible; empty: it is."""
    if fact == "severity.proposed":
        return ""
    if by == proposer(steps):
        return f"the {by} proposed this severity: it is the {_OTHER[by]} who confirms or disputes it"
    if fact == "severity.confirmed" and steps and steps[-1].what == "confirmed":
        return "the severity is confirmed already"
    return ""
