"""The clocks of an open case: what starts, stops, pauses, changes and reopens their cycles.

Each step replaces a cycle by its successor and judges what that means. What the case states, and when it was
opened, is the machine's; it is read here and never written.
"""

from collections.abc import Iterable

from services.clock.domain.case import Stated, update_id
from services.clock.domain.cycle import Cycle, breached, ended, paused, reopened, resumed
from services.clock.domain.judgement import Judgement
from services.clock.domain.reckoning import begun, due, name_of, scheduled, under
from shared.calendar.calendar import Calendar
from shared.policy.clocks import ClockTerms, Trigger
from shared.policy.policy import Policy


class Clocks:
    """`cycles` holds the latest cycle of each clock, `past` those before; `judged` grows with every step."""

    def __init__(
        self, policy: Policy, opened: int, stated: Stated, cycles: dict[str, Cycle], past: Iterable[Cycle]
    ) -> None:
        self.policy = policy
        self.opened = opened
        self.stated = stated
        self.cycles = dict(cycles)
        self.past = list(past)
        self.judged: list[Judgement] = []

    # Time

    def wake_at(self) -> int | None:
        """The next instant at which time alone changes something."""
        instants = [cycle.timers[0].at for cycle in self.cycles.values() if cycle.timers]
        return min(instants) if instants else None

    def fire(self, at: int) -> None:
        """The first timer of that instant, by the policy's order of clocks."""
        cycle = next(each for each in self.cycles.values() if each.timers and each.timers[0].at == at)
        self._fire(cycle)

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

    def start(self, fact: str, at: int) -> None:
        """Begin the cycles that this fact starts."""
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

    def stop(self, fact: str, at: int, words: str, *, case_open: bool) -> None:
        """Meet the cycles that this fact stops; of a cadence the next one begins at once."""
        for cycle in self._open_cycles():
            clock = self.policy.clocks[cycle.clock]
            if not self._triggered(clock.stops, fact):
                continue
            used = cycle.used(self._calendar(cycle), at)
            met = ended(cycle, "meet", at, words, with_case=not case_open)
            if met.due is None:  # met in a pause: what it would have had to keep
                met = met._replace(due=due(met, self._calendar(met)))
            self.cycles[cycle.clock] = met
            self.judged.append(
                Judgement("met", *met.name, at, due=met.due, amount=used, late=met.state == "met late")
            )
            if clock.every and case_open:
                self._begin(clock, at)

    def cancel_all(self, at: int, cause: str) -> None:
        """The case ended: no promise runs on."""
        for cycle in self._open_cycles():
            self._cancel(cycle, at, cause, with_case=True)

    def reopen(self, at: int) -> None:
        """The case is open again: cycles that ended with it go on, or others begin, as the policy says."""
        for clock in self.policy.clocks.values():
            self._reopen(clock, at)

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

    def reconsider(self, at: int, cause: str) -> None:
        """Terms first, then pauses: both may hang on any attribute of the case."""
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
        target = terms.target
        if (target.words, target.rolls, terms.calendar_name) == (cycle.target, cycle.rolls, cycle.calendar):
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

    def _triggered(self, triggers: tuple[Trigger, ...], fact: str) -> bool:
        return any(trigger.fact == fact and trigger.when.holds(self.stated) for trigger in triggers)

    # Small readings

    def _open_cycles(self) -> list[Cycle]:
        return [cycle for cycle in self.cycles.values() if cycle.open]

    def _calendar(self, cycle: Cycle) -> Calendar:
        return self.policy.calendars[cycle.calendar]
