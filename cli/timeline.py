"""Facts as a readable timeline: one line each. Pure; whoever watches the topics is elsewhere."""

from collections.abc import Callable
from typing import Any

from shared.contracts import case, clock, escalation, notifier
from shared.contracts.envelope import Fact, Said
from shared.contracts.instant import SECOND, Instant

# Each kind of fact: how it looks, and its words. What is not here is bookkeeping and gets no line.
_LINES: dict[type[Said], tuple[str, Callable[[Any], str]]] = {
    case.CaseOpened: ("bold", lambda said: f"case opened: {said.severity or ''} {said.title or ''}".rstrip()),
    case.CaseStatusChanged: ("", lambda said: f"status {_words(said.status)}"),
    case.CustomerReplied: ("", lambda _: "the customer wrote"),
    case.SupportReplied: ("", lambda _: "support answered"),
    case.SupportUpdated: ("", lambda _: "support told the customer how it stands"),
    case.CaseResolved: ("bold green", lambda said: f"case resolved ({said.resolution})"),
    case.CaseReopened: ("bold", lambda _: "case reopened"),
    case.CaseClosed: ("bold", lambda _: "case closed"),
    clock.ClockStarted: ("dim", lambda said: f"{_clock(said)}: clock started, {said.target}"),
    clock.ClockPaused: ("dim", lambda said: f"{_clock(said)}: paused, {said.cause}"),
    clock.ClockResumed: ("dim", lambda said: f"{_clock(said)}: resumed, {said.cause}"),
    clock.ClockWarned: ("yellow", lambda said: f"{_clock(said)}: warning at {said.warning}"),
    clock.ClockBreached: ("bold red", lambda said: f"{_clock(said)}: BREACHED"),
    clock.ClockMet: ("green", lambda said: f"{_clock(said)}: met{', late' if said.late else ''}"),
    clock.ClockCancelled: ("dim", lambda said: f"{_clock(said)}: cancelled, {said.cause}"),
    clock.ClockRetracted: ("dim", lambda said: f"{_clock(said)}: {said.what} never was, {said.cause}"),
    clock.UpdateRequested: ("", lambda _: "the customer's status update is due"),
    clock.FactRefused: ("red", lambda said: f"{said.fact_type} refused: {said.reason}"),
    escalation.CaseRouted: ("cyan", lambda said: f"with {said.tier}, {said.person or said.team}: {said.why}"),
    escalation.CaseEscalated: ("bold magenta", lambda said: f"escalated to {said.to_tier}: {said.why}"),
    escalation.PageRequested: ("bold magenta", lambda said: f"page {said.person}, {said.role}: {said.why}"),
    escalation.PageUnanswered: ("yellow", lambda said: f"no answer from {said.person}"),
    escalation.PageWithdrawn: ("dim", lambda said: f"page withdrawn: {said.why}"),
    escalation.StepSkipped: ("dim", lambda said: f"step skipped: {said.why}"),
    escalation.LadderEnded: ("dim", lambda said: f"ladder of {_clock(said)} ended: {said.why}"),
    escalation.AcknowledgementNoted: ("bold green", lambda said: f"{said.by} has it: {said.effect}"),
    notifier.DeliveryAccepted: ("cyan", lambda said: f"delivered to {said.receiver} by {said.channel}"),
    notifier.DeliveryFailed: ("red", lambda said: f"{said.channel} to {said.receiver} failed: {said.why}"),
    notifier.DeliverySuppressed: ("dim", lambda said: f"not sent to {said.receiver}: {said.why}"),
    notifier.UpdateSent: ("cyan", lambda _: "the customer was told how it stands"),
    notifier.PageAcknowledged: ("bold green", lambda said: f"acknowledged by {said.by}"),
}  # fmt: skip


def line(fact: Fact, since: Instant) -> tuple[str, str] | None:
    """The line of a fact and its style (rich's); None: not worth one. Instants are seconds after `since`."""
    if type(fact.data) not in _LINES:
        return None
    style, words = _LINES[type(fact.data)]
    return style, f"{(fact.time - since) / SECOND:+7.1f} s  {words(fact.data)}"


def _clock(said: Any) -> str:
    cycle = f" {said.cycle}" if said.cycle > 1 else ""
    return f"{_words(said.clock)}{cycle}"


def _words(name: str) -> str:
    return name.replace("_", " ")
