"""The clocks of one opened case as facts are applied and time passes. Facts come in order of their time.

A working copy that lives for one decision: built from a snapshot, advanced, and put down as a snapshot again.
What it judges collects in `judged` and `refused`.

At one instant time comes before facts: a warning due at 10:00 is given although the answer is of 10:00 too.
A breach lies strictly after the target is used up, so an answer at the very instant still meets it.
"""

from collections.abc import Mapping
from functools import partial

from services.clock.domain import agreement, exceptions
from services.clock.domain.agreement import Step
from services.clock.domain.case import Noted, Pin, Snapshot, Stated
from services.clock.domain.clocks import Clocks
from services.clock.domain.cycle import Cycle
from services.clock.domain.judgement import Judgement, Refusal
from services.clock.domain.lifecycle import Phase, after, refusal
from shared.policy.book import PolicyBook, UnknownPolicy
from shared.policy.policy import Policy


class Machine:
    def __init__(self, book: PolicyBook, snapshot: Snapshot) -> None:
        self.book = book
        self.pin = snapshot.pin
        self.applied = snapshot.applied
        self.at = snapshot.at
        self.phase: Phase = snapshot.phase
        self.stated: Stated = dict(snapshot.stated)
        self.agreement = snapshot.agreement
        self.exceptions = snapshot.exceptions
        # No method of the machine: clocks that knew it would keep both alive until cycles are looked for.
        versions = partial(_version, book, self.pin)
        self.clocks = Clocks(
            versions, snapshot.policy, snapshot.opened, self.stated, snapshot.cycles, snapshot.past
        )
        self.clocks.waiver = exceptions.in_force(self.exceptions)
        self.refused: list[Refusal] = []

    @classmethod
    def opening(cls, book: PolicyBook, pin: Pin, place: int, fact: Noted) -> "Machine":
        """The machine of a case that this fact, at its place in the history, opens."""
        policy = book.pinned(pin.policy)
        stated: Stated = {"severity": policy.vocabulary.default_severity, **pin.agreed}
        if policy.vocabulary.initial_status:
            stated["status"] = policy.vocabulary.initial_status
        machine = cls(book, Snapshot(pin, fact.time, place + 1, fact.time, "open", stated, {}))
        machine._restate(fact.data)
        machine.clocks.start(fact.type, fact.time, {})
        return machine

    @property
    def policy(self) -> Policy:
        return self.clocks.policy

    @property
    def judged(self) -> list[Judgement]:
        return self.clocks.judged

    def snapshot(self) -> Snapshot:
        clocks = self.clocks
        return Snapshot(
            self.pin,
            self.clocks.opened,
            self.applied,
            self.at,
            self.phase,
            self.stated,
            clocks.cycles,
            clocks.past,
            self.agreement,
            self.exceptions,
            self.clocks.version,
        )

    def wake_at(self) -> int | None:
        """The next instant at which time alone changes something."""
        coming = self._coming()
        return None if coming is None else coming[0]

    def _coming(self) -> tuple[int, Cycle | None] | None:
        """That instant, and the cycle that is heard of; no cycle: the exception in force expires."""
        cycle, waiver = self.clocks.next_heard_of(), self.clocks.waiver
        if waiver is not None and (cycle is None or waiver.expires <= cycle.timers[0].at):
            return waiver.expires, None
        return None if cycle is None else (cycle.timers[0].at, cycle)

    def advance(self, to: int) -> None:
        """Let time pass up to `to`, this instant included."""
        judged = len(self.judged)
        while (coming := self._coming()) is not None and coming[0] <= to:
            at, cycle = coming
            self.at = max(self.at, at)
            if cycle is None:
                self._expire(at)
            else:
                self.clocks.fire(cycle)
        self._stamp(judged)

    def _stamp(self, since: int) -> None:
        """What was judged under another version than the one of the opening says so."""
        if version := self.clocks.version:
            self.judged[since:] = [each._replace(policy=version) for each in self.judged[since:]]

    def _expire(self, at: int) -> None:
        """The exception is over; at the same instant before any breach, which it excuses no longer."""
        was = dict(self.stated)
        self.exceptions = exceptions.expired(self.exceptions, at)
        self.stated["exception"] = "ended"
        self.clocks.excuse(None, at, "the exception expired")
        if self.phase == "open":
            self.clocks.reconsider(at, _difference(was, self.stated))

    def apply(self, fact: Noted) -> None:
        """What a fact does, after time has been let pass up to it."""
        judged = len(self.judged)
        self._apply(fact)
        self._stamp(judged)

    def _apply(self, fact: Noted) -> None:
        self.applied += 1
        self.at = max(self.at, fact.time)
        phase = after(self.phase, fact.type)
        reason = refusal(self.phase, fact.type) if phase is None else self._objection(fact)
        if phase is None or reason:
            self.refused.append(Refusal(fact.time, fact.id, fact.source, fact.type, reason))
            return
        before, was = self.phase, dict(self.stated)
        self.phase = phase
        self._restate(self._news(fact))
        self._record(fact, was)
        change = _difference(was, self.stated) if self.stated != was else ""
        self.clocks.stop(fact, _words(fact), change, case_open=phase == "open")
        waiver = exceptions.in_force(self.exceptions)
        if phase != "open":
            if before == "open":
                self.clocks.cancel_all(fact.time, _ending(fact))
            self.clocks.waiver = waiver  # nothing runs that it could excuse
            if fact.type == "policy.moved":
                self._move(fact)
            return
        if before != "open":
            for clock in self.policy.clocks.values():
                self.clocks.reopen(clock, fact.time)
        if fact.type == "policy.moved":
            self._move(fact)
        if fact.more.get("opened") is not None:
            self.clocks.backdate(fact, split=fact.type == "case.split")
        self.clocks.start(fact.type, fact.time, was)
        self.clocks.excuse(waiver, fact.time, "the exception was ended")
        if before != "open" or change:
            self.clocks.reconsider(fact.time, change or "the case was reopened")

    def _move(self, fact: Noted) -> None:
        version = fact.more["policy"]
        moved = "" if version == self.pin.policy else version
        cause = f"the case was moved to {version}"
        self.clocks.move(moved, fact.more["open_clocks"], fact.time, cause, case_open=self.phase == "open")

    def _objection(self, fact: Noted) -> str:
        """Why the fact cannot be in the light of those before it; empty: it can."""
        if fact.type == "policy.moved":
            try:
                self.book.pinned(fact.more["policy"])
            except UnknownPolicy as unknown:
                return str(unknown)
        if fact.type.startswith("severity."):
            return agreement.objection(self.agreement, fact.type, fact.more["by"])
        if fact.type.startswith("exception."):
            if not any(clock.exceptions for clock in self.policy.clocks.values()):
                return "no clock of the policy can be excused by an exception"
            return exceptions.objection(self.exceptions, fact.type, fact.more, fact.time)
        return ""

    def _record(self, fact: Noted, was: Stated) -> None:
        """What is kept of the steps to an agreement and of exceptions."""
        severity = str(self.stated["severity"])
        match fact.type:
            case "severity.proposed":
                self.agreement += (Step(fact.time, "proposed", severity, fact.more["by"]),)
            case "severity.confirmed":
                self.agreement += (Step(fact.time, "confirmed", severity, fact.more["by"]),)
            case "severity.disputed":
                self.agreement += (Step(fact.time, "disputed", severity, fact.more["by"]),)
            case "case.changed" if self.agreement and severity != was["severity"]:
                # One side alone undoes what was agreed: the other has to confirm anew.
                self.agreement += (Step(fact.time, "proposed", severity, "provider"),)
                self.stated["severity_agreement"] = "proposed"
            case "exception.requested" | "exception.approved" | "exception.rejected" | "exception.ended":
                self.exceptions = exceptions.after(self.exceptions, fact.type, fact.more, fact.time)
            case _:
                pass

    def _news(self, fact: Noted) -> Mapping[str, str | list[str] | None]:
        """What the fact states of the case anew."""
        match fact.type:
            case "case.reopened":
                return {"status": self.policy.vocabulary.initial_status or None, **fact.data}
            case "case.merged" | "update.sent" | "case.split" | "case.absorbed":
                return {}
            case _:
                return fact.data

    def _restate(self, data: Mapping[str, str | list[str] | None]) -> None:
        for name, value in data.items():
            if value is None:
                self.stated.pop(name, None)
            else:
                self.stated[name] = value
        self.stated.setdefault("severity", self.policy.vocabulary.default_severity)


def _version(book: PolicyBook, pin: Pin, version: str) -> Policy:
    return book.pinned(version or pin.policy)


def _ending(fact: Noted) -> str:
    return f"merged into {fact.data['into']}" if fact.type == "case.merged" else fact.type


def _words(fact: Noted) -> str:
    """What meets a clock; of a resolution, of which kind it is (CS-3)."""
    kind = fact.data.get("resolution") if fact.type == "case.resolved" else None
    return f"case.resolved as {kind}" if kind else _ending(fact)


def _difference(was: Stated, now: Stated) -> str:
    """`severity is now P1 (was P3)`: a change in plain words."""
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return ", ".join(
        f"{name} is now {_shown(now.get(name))} (was {_shown(was.get(name))})" for name in changed
    )


def _shown(value: str | list[str] | None) -> str:
    return "not stated" if value is None else value if isinstance(value, str) else ", ".join(value)
