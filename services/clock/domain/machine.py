"""The clocks of one opened case as facts are applied and time passes. Facts come in order of their time.

A working copy that lives for one decision: built from a snapshot, advanced, and put down as a snapshot again.
What it judges collects in `judged` and `refused`.

At one instant time comes before facts: a warning due at 10:00 is given although the answer is of 10:00 too.
A breach lies strictly after the target is used up, so an answer at the very instant still meets it.
"""

from collections.abc import Mapping

from services.clock.domain.case import Noted, Pin, Snapshot, Stated, update_id
from services.clock.domain.cycle import Cycle, breached, ended, paused, reopened, resumed
from services.clock.domain.judgement import Judgement, Refusal
from services.clock.domain.lifecycle import Phase, after, refusal
from services.clock.domain.reckoning import begun, due, name_of, scheduled, under
from shared.calendar.calendar import Calendar
from shared.policy.clocks import ClockTerms, Trigger
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
        self.cycles: dict[str, Cycle] = dict(snapshot.cycles)
        self.past: list[Cycle] = list(snapshot.past)
        self.judged: list[Judgement] = []
        self.refused: list[Refusal] = []

    @classmethod
    def opening(cls, policy: Policy, pin: Pin, fact: Noted) -> "Machine":
        """The machine of a case that this fact opens."""
        stated: Stated = {"severity": policy.vocabulary.default_severity, **pin.agreed}
        if policy.vocabulary.initial_status:
            stated["status"] = policy.vocabulary.initial_status
        machine = cls(policy, Snapshot(pin, fact.time, 0, fact.time, "open", stated))
        machine._restate(fact.data)
        machine._start("case.opened", fact.time)
        machine.applied += 1
        return machine

    def snapshot(self) -> Snapshot:
        return Snapshot(
            self.pin,
            self.opened,
            self.applied,
            self.at,
            self.phase,
            self.stated,
            self.cycles,
            tuple(self.past),
        )

    # Time

    def wake_at(self) -> int | None:
        """The next instant at which time alone changes something."""
        instants = [cycle.timers[0].at for cycle in self.cycles.values() if cycle.timers]
        return min(instants) if instants else None

    def advance(self, to: int) -> None:
        """Let time pass up to `to`, this instant included."""
        while (at := self.wake_at()) is not None and at <= to:
            name = next(
                name for name, cycle in self.cycles.items() if cycle.timers and cycle.timers[0].at == at
            )
            self.at = max(self.at, at)
            self._fire(self.cycles[name])

    def _fire(self, cycle: Cycle) -> None:
        timer = cycle.timers[0]
        if timer.kind == "breach":
            self._breach(cycle, timer.at - 1, cycle.due, "")
            return
        fired = (*cycle.fired, name_of(timer))
        self.cycles[cycle.clock] = cycle._replace(timers=cycle.timers[1:], fired=fired)
        if timer.kind == "warn":
            self.judged.append(Judgement("warned", *cycle.name, timer.at, due=cycle.due, words=timer.words))
        else:
            # Due again when the next period ends, counted from this request.
            following = self._calendar(cycle).add(timer.at, cycle.budget)
            update = update_id(cycle.clock, cycle.number, timer.at)
            self.judged.append(Judgement("requested", *cycle.name, timer.at, due=following, words=update))

    def _breach(self, cycle: Cycle, at: int, due: int | None, cause: str) -> None:
        self.cycles[cycle.clock] = breached(cycle, at, due)
        self.judged.append(Judgement("breached", *cycle.name, at, due=due, cause=cause))

    # Facts

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
        if fact.type == "case.reopened":
            self._restate({"status": self.policy.vocabulary.initial_status or None})
        else:
            self._restate(fact.data if fact.type in ("case.changed", "case.status_changed") else {})
        self._stop(fact)
        if before == "open" and phase != "open":
            for cycle in self._open_cycles():
                self._cancel(cycle, fact.time, _words(fact), with_case=True)
        elif before != "open" and phase == "open":
            for clock in self.policy.clocks.values():
                self._reopen(clock, fact.time)
        self._start(fact.type, fact.time)
        if self.stated != was:
            self._reconsider(fact.time, _difference(was, self.stated))

    def _restate(self, data: Mapping[str, str | list[str] | None]) -> None:
        for name, value in data.items():
            if value is None:
                self.stated.pop(name, None)
            else:
                self.stated[name] = value
        self.stated.setdefault("severity", self.policy.vocabulary.default_severity)

    def _triggered(self, triggers: tuple[Trigger, ...], fact: str) -> bool:
        return any(trigger.fact == fact and trigger.when.holds(self.stated) for trigger in triggers)

    def _start(self, fact: str, at: int) -> None:
        if self.phase != "open":
            return
        for name, clock in self.policy.clocks.items():
            last = self.cycles.get(name)
            if last is not None and (last.open or not clock.repeats):
                continue
            before = self.cycles.get(clock.after) if clock.after is not None else None
            if self._triggered(clock.starts, fact) and (before is None or not before.open):
                self._begin(clock, at)

    def _begin(self, clock: ClockTerms, at: int, counted_from: int | None = None) -> None:
        terms = self.policy.terms(clock, self.stated)
        if terms is None:
            return
        last = self.cycles.get(clock.name)
        if last is not None:
            self.past.append(last)
        number = last.number + 1 if last is not None else 1
        cycle = begun(clock, number, terms, at)
        if counted_from is not None and counted_from != at:
            counted = under(cycle._replace(counts_from=counted_from), clock, terms)
            cycle = scheduled(counted, terms.calendar, at)
        self.cycles[clock.name] = cycle
        paused_by = self._paused_by(clock)
        words = f"{cycle.target} in {cycle.calendar}"
        self.judged.append(
            Judgement("started", *cycle.name, at, due=None if paused_by else cycle.due, words=words)
        )
        if paused_by:
            self._pause(cycle, at, paused_by)

    def _stop(self, fact: Noted) -> None:
        for cycle in self._open_cycles():
            clock = self.policy.clocks[cycle.clock]
            if not self._triggered(clock.stops, fact.type):
                continue
            used = cycle.used(self._calendar(cycle), fact.time)
            met = ended(cycle, "meet", fact.time, _words(fact), with_case=self.phase != "open")
            if met.due is None:  # met in a pause: what it would have had to keep
                met = met._replace(due=due(met, self._calendar(met)))
            self.cycles[cycle.clock] = met
            self.judged.append(
                Judgement("met", *met.name, fact.time, due=met.due, amount=used, late=met.state == "met late")
            )
            if clock.every and self.phase == "open":
                self._begin(clock, fact.time)

    def _cancel(self, cycle: Cycle, at: int, cause: str, *, with_case: bool) -> None:
        self.cycles[cycle.clock] = ended(cycle, "cancel", at, cause, with_case=with_case)
        self.judged.append(Judgement("cancelled", *cycle.name, at, cause=cause))

    def _reopen(self, clock: ClockTerms, at: int) -> None:
        last = self.cycles.get(clock.name)
        if last is None or not last.ended_with_case or last.ended_at is None or clock.reopening is None:
            return
        within = clock.reopening.resume_within
        if within is None or at - last.ended_at <= within:
            cycle = scheduled(reopened(last, at), self._calendar(last), at)
            self.cycles[clock.name] = cycle
            self.judged.append(
                Judgement("resumed", *cycle.name, at, due=cycle.due, cause="the case was reopened")
            )
            if paused_by := self._paused_by(clock):
                self._pause(cycle, at, paused_by)
        elif clock.reopening.afterwards == "new cycle":
            self._begin(clock, at)

    # Changes of what the case states

    def _reconsider(self, at: int, cause: str) -> None:
        """Terms first, then pauses: both may hang on any attribute."""
        if self.phase != "open":
            return
        for name, clock in self.policy.clocks.items():
            cycle = self.cycles.get(name)
            if cycle is None or not cycle.open:
                self._begin_belatedly(clock, cycle, at)
                continue
            if clock.on_change != "keep" and not self._retermed(clock, cycle, at, cause):
                continue
            self._pause_or_resume(clock, self.cycles[name], at, cause)

    def _begin_belatedly(self, clock: ClockTerms, last: Cycle | None, at: int) -> None:
        """A promise that holds only now, of a clock that runs from the opening."""
        never = last is None or (last.state.startswith("cancelled") and not last.ended_with_case)
        from_opening = any(
            trigger.fact == "case.opened" and not trigger.when.conditions for trigger in clock.starts
        )
        if never and from_opening and self.opened < at:
            retroactive = clock.on_change == "retroactive" and not clock.every
            self._begin(clock, at, counted_from=self.opened if retroactive else None)

    def _retermed(self, clock: ClockTerms, cycle: Cycle, at: int, cause: str) -> bool:
        """Put a running cycle under the terms that hold now; False: they hold no promise, it is cancelled."""
        terms = self.policy.terms(clock, self.stated)
        if terms is None:
            self._cancel(cycle, at, cause, with_case=False)
            return False
        if terms.target.words == cycle.target and terms.calendar_name == cycle.calendar:
            return True
        if clock.on_change == "from_now":
            cycle = cycle._replace(counts_from=at)
        changed = under(cycle, clock, terms)
        used = changed.used(terms.calendar, at)
        # A point that is still to come under the new terms is heard of again; one that is passed is not.
        kept = {name_of(point) for point in changed.points if point.amount <= used or point.kind == "request"}
        exceeded = used > changed.budget and cycle.breached_at is None
        passed = {name_of(point) for point in changed.points if exceeded and point.amount <= used}
        fired = tuple(sorted(kept & set(cycle.fired) | passed))
        changed = scheduled(changed._replace(fired=fired), terms.calendar, at)
        self.cycles[clock.name] = changed
        self.judged.append(
            Judgement("recomputed", *changed.name, at, due=changed.due, was_due=cycle.due, cause=cause)
        )
        if exceeded:
            self._breach(changed, at, due(changed, terms.calendar), cause)
        return True

    def _pause_or_resume(self, clock: ClockTerms, cycle: Cycle, at: int, cause: str) -> None:
        paused_by = self._paused_by(clock)
        if paused_by and cycle.paused_at is None:
            self._pause(cycle, at, paused_by)
        elif not paused_by and cycle.paused_at is not None:
            running = scheduled(resumed(cycle, at), self._calendar(cycle), at)
            self.cycles[cycle.clock] = running
            self.judged.append(Judgement("resumed", *running.name, at, due=running.due, cause=cause))

    def _pause(self, cycle: Cycle, at: int, cause: str) -> None:
        remaining = cycle.budget - cycle.used(self._calendar(cycle), at)
        self.cycles[cycle.clock] = paused(cycle, at, cause)
        self.judged.append(Judgement("paused", *cycle.name, at, amount=remaining, cause=cause))

    def _paused_by(self, clock: ClockTerms) -> str:
        """The condition that pauses a clock now; empty: none."""
        for when in clock.pauses:
            if when.holds(self.stated):
                return str(when)
        return "" if clock.runs_while.holds(self.stated) else f"until {clock.runs_while}"

    # Small readings

    def _open_cycles(self) -> list[Cycle]:
        return [cycle for cycle in self.cycles.values() if cycle.open]

    def _calendar(self, cycle: Cycle) -> Calendar:
        return self.policy.calendars[cycle.calendar]


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
