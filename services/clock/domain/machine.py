"""The clocks of one opened case as facts are applied and time passes. Facts come in order of their time.

A working copy that lives for one decision: built from a snapshot, advanced, and put down as a snapshot again.
What it judges collects in `judged` and `refused`.

At one instant time comes before facts: a warning due at 10:00 is given although the answer is of 10:00 too.
A breach lies strictly after the target is used up, so an answer at the very instant still meets it.
"""

from collections.abc import Mapping

from services.clock.domain.case import Noted, Pin, Snapshot, Stated
from services.clock.domain.clocks import Clocks
from services.clock.domain.judgement import Judgement, Refusal
from services.clock.domain.lifecycle import Phase, after, refusal
from shared.policy.policy import Policy


class Machine:
    def __init__(self, policy: Policy, snapshot: Snapshot) -> None:
        self.policy = policy
        self.pin = snapshot.pin
        self.opened = snapshot.opened
        self.applied = snapshot.applied
        self.at = snapshot.at
        self.phase: Phase = snapshot.phase
        self.stated: Stated = dict(snapshot.stated)
        self.clocks = Clocks(policy, snapshot.opened, self.stated, snapshot.cycles, snapshot.past)
        self.refused: list[Refusal] = []

    @classmethod
    def opening(cls, policy: Policy, pin: Pin, place: int, fact: Noted) -> "Machine":
        """The machine of a case that this fact, at its place in the history, opens."""
        stated: Stated = {"severity": policy.vocabulary.default_severity, **pin.agreed}
        if policy.vocabulary.initial_status:
            stated["status"] = policy.vocabulary.initial_status
        machine = cls(policy, Snapshot(pin, fact.time, place + 1, fact.time, "open", stated))
        machine._restate(fact.data)
        machine.clocks.start(fact.type, fact.time)
        return machine

    @property
    def judged(self) -> list[Judgement]:
        return self.clocks.judged

    def snapshot(self) -> Snapshot:
        clocks = self.clocks
        return Snapshot(
            self.pin,
            self.opened,
            self.applied,
            self.at,
            self.phase,
            self.stated,
            clocks.cycles,
            tuple(clocks.past),
        )

    def advance(self, to: int) -> None:
        """Let time pass up to `to`, this instant included."""
        while (at := self.clocks.wake_at()) is not None and at <= to:
            self.at = max(self.at, at)
            self.clocks.fire(at)

    def apply(self, fact: Noted) -> None:
        """What a fact does, after time has been let pass up to it."""
        self.applied += 1
        self.at = max(self.at, fact.time)
        phase = after(self.phase, fact.type)
        if phase is None:
            reason = refusal(self.phase, fact.type)
            self.refused.append(Refusal(fact.time, fact.id, fact.source, fact.type, reason))
            return
        before, was = self.phase, dict(self.stated)
        self.phase = phase
        self._restate(self._news(fact))
        self.clocks.stop(fact.type, fact.time, _words(fact), case_open=phase == "open")
        if phase != "open":
            if before == "open":
                self.clocks.cancel_all(fact.time, _words(fact))
            return
        if before != "open":
            self.clocks.reopen(fact.time)
        self.clocks.start(fact.type, fact.time)
        if before != "open" or self.stated != was:
            cause = _difference(was, self.stated) if self.stated != was else "the case was reopened"
            self.clocks.reconsider(fact.time, cause)

    def _news(self, fact: Noted) -> Mapping[str, str | list[str] | None]:
        """What the fact states of the case anew."""
        match fact.type:
            case "case.reopened":
                return {"status": self.policy.vocabulary.initial_status or None}
            case "case.changed" | "case.status_changed":
                return fact.data
            case _:
                return {}

    def _restate(self, data: Mapping[str, str | list[str] | None]) -> None:
        for name, value in data.items():
            if value is None:
                self.stated.pop(name, None)
            else:
                self.stated[name] = value
        self.stated.setdefault("severity", self.policy.vocabulary.default_severity)


def _words(fact: Noted) -> str:
    return f"merged into {fact.data['into']}" if fact.type == "case.merged" else fact.type


def _difference(was: Stated, now: Stated) -> str:
    """`severity is now P1 (was P3)`: a change in plain words."""
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return ", ".join(
        f"{name} is now {_shown(now.get(name))} (was {_shown(was.get(name))})" for name in changed
    )


def _shown(value: str | list[str] | None) -> str:
    return "not stated" if value is None else value if isinstance(value, str) else ", ".join(value)
