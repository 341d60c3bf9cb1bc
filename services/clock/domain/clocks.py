"""The clocks of an open case: what starts, stops, pauses, changes and reopens their cycles.

Each step replaces a cycle by its successor and judges what that means. What the case states, and when it was
opened, is the machine's; it is read here and never written.
"""

from collections.abc import Callable
from typing import Any

from services.clock.domain.case import Noted, Stated, update_id
from services.clock.domain.cycle import Cycle, breached, ended, excused, lapsed, paused, reopened, resumed
from services.clock.domain.exceptions import Waiver, judged_excused
from services.clock.domain.judgement import Judgement, What
from services.clock.domain.objectives import judged_objectives
from services.clock.domain.reckoning import backdated, begun, due, name_of, retermed, scheduled
from services.clock.domain.stages import enters
from shared.calendar.calendar import Calendar
from shared.contracts.instant import render
from shared.policy.clocks import ClockTerms, OnChange, triggered
from shared.policy.policy import Policy, Terms


class Clocks:
    """`cycles` holds the latest cycle of each clock, `past` those before; `judged` grows with every step."""

    def __init__(
        self,
        versions: Callable[[str], Policy],
        version: str,
        opened: int,
        stated: Stated,
        cycles: dict[str, Cycle],
        past: tuple[Cycle, ...],
    ) -> None:
        self.versions = versions
        """The policies by version; empty: the one that the case is pinned to."""
        self.version = version
        self.policy = versions(version)
        self.opened = opened
        self.stated = stated
        self.cycles = dict(cycles)
        self.past = past
        self.judged: list[Judgement] = []
        self.waiver: Waiver | None = None
        """The exception in force."""

    # Time

    def next_heard_of(self) -> Cycle | None:
        """The cycle whose timer comes next; of several at one instant the first in their order."""
        first: Cycle | None = None
        for cycle in self.cycles.values():
            if cycle.timers and (first is None or cycle.timers[0].at < first.timers[0].at):
                first = cycle
        return first

    def fire(self, cycle: Cycle) -> None:
        """The next timer of a cycle."""
        timer = cycle.timers[0]
        if timer.kind == "breach":
            self._overdraw(cycle, timer.at - 1, cycle.due, "")
            return
        fired = (*cycle.fired, name_of(timer))
        self.cycles[cycle.clock] = cycle._replace(timers=cycle.timers[1:], fired=fired)
        if timer.kind == "warn":
            self._judge("warned", cycle, timer.at, due=cycle.due, words=timer.words)
        else:
            # Due again when the next period ends, counted from this request.
            following = self._calendar(cycle).add(timer.at, cycle.budget)
            update = update_id(cycle.clock, timer.at)
            self._judge("requested", cycle, timer.at, due=following, words=update)

    def _overdraw(self, cycle: Cycle, at: int, due: int | None, cause: str) -> None:
        """The target is used up: a breach, unless an exception excuses it."""
        if self.waiver is not None and self._excusable(cycle):
            self.cycles[cycle.clock] = excused(cycle, at, due)
            self.judged.append(judged_excused(*cycle.name, self.waiver, at, due))
            return
        self.cycles[cycle.clock] = breached(cycle, at, due)
        self._judge("breached", cycle, at, due=due, cause=cause)

    # Exceptions

    def excuse(self, waiver: Waiver | None, at: int, cause: str) -> None:
        """Another exception is in force from here on, or none."""
        if waiver == self.waiver:
            return
        self.waiver = waiver
        for cycle in self._open_cycles():
            if waiver is None and cycle.excused_at is not None:
                self._lapse(cycle, at, cause)
            elif waiver is not None and (cycle.breached_at or cycle.excused_at) and self._excusable(cycle):
                self._excuse_from_here(cycle, waiver, at)

    def _excuse_from_here(self, cycle: Cycle, waiver: Waiver, at: int) -> None:
        """Of a clock that is past its target: a breach stands, but the exception is shown with it."""
        self.cycles[cycle.clock] = cycle._replace(excused_at=at)
        until_due = cycle.due or due(cycle, self._calendar(cycle))
        self.judged.append(judged_excused(*cycle.name, waiver, at, until_due))

    def _lapse(self, cycle: Cycle, at: int, cause: str) -> None:
        """The exception excuses it no longer: what is past its target is breached here and now."""
        self._judge("excuse ended", cycle, at, cause=cause)
        calendar = self._calendar(cycle)
        if cycle.breached_at is not None:
            self.cycles[cycle.clock] = cycle._replace(excused_at=None)
        elif cycle.used(calendar, at) > cycle.budget:
            past = cycle._replace(excused_at=None)
            self._overdraw(past, at, cycle.due or due(past, calendar), cause)
        else:
            self.cycles[cycle.clock] = scheduled(lapsed(cycle), calendar, at)

    # Facts

    def start(self, fact: str, at: int, was: Stated) -> None:
        """Begin the cycles that this fact starts; `was` is what the case stated before it."""
        for name, clock in self.policy.clocks.items():
            last = self.cycles.get(name)
            if clock.stage is not None:
                if clock.stage.holds(self.stated) and enters(clock.stage, last, was):
                    self._begin(clock, at)
                continue
            if last is not None and (last.open or not clock.repeats):
                continue
            before = self.cycles.get(clock.after) if clock.after is not None else None
            if triggered(clock.starts, fact, self.stated) and (before is None or not before.open):
                self._begin(clock, at)

    def _begin(self, clock: ClockTerms, at: int, counted_from: int | None = None) -> None:
        terms = self.policy.terms(clock, self.stated)
        if terms is None:
            return
        last = self.cycles.get(clock.name)
        if last is not None:
            self.past = (*self.past, last._replace(points=(), fired=()))  # heard of no more
        number = last.number + 1 if last is not None else 1
        cycle = begun(clock, number, terms, at, at if counted_from is None else counted_from, self.version)
        paused_by = clock.paused_by(self.stated)
        if not paused_by:
            cycle = scheduled(cycle, terms.calendar, at)
        self.cycles[clock.name] = cycle
        words = f"{cycle.target} in {cycle.calendar}"
        self._judge(
            "started", cycle, at, due=None if paused_by else cycle.due, words=words, notes=(clock.owner,)
        )
        if paused_by:
            self._pause(cycle, at, paused_by)

    def stop(self, fact: Noted, words: str, change: str, *, case_open: bool) -> None:
        """Meet the cycles that this fact stops; of a cadence the next one begins at once."""
        for cycle in self._open_cycles():
            clock = self.policy.clocks[cycle.clock]
            left = clock.stage is not None and not clock.stage.holds(self.stated)
            if not left and not triggered(clock.stops, fact.type, self.stated):
                continue
            self._meet(cycle, fact.time, change if left else words, with_case=not case_open)
            if clock.objectives:
                self.judged += judged_objectives(cycle, clock.objectives, fact)
            if clock.every and case_open:
                self._begin(clock, fact.time)

    def _meet(self, cycle: Cycle, at: int, words: str, *, with_case: bool) -> None:
        used = cycle.used(self._calendar(cycle), at)
        met = ended(cycle, "meet", at, words, with_case=with_case)
        if met.due is None:  # met in a pause: what it would have had to keep
            met = met._replace(due=due(met, self._calendar(met)))
        self.cycles[cycle.clock] = met
        late, forgiven = met.state in ("met late", "met excused"), met.excused_at is not None
        self._judge("met", met, at, due=met.due, amount=used, late=late, excused=forgiven, notes=(words,))

    def cancel_all(self, at: int, cause: str) -> None:
        """The case ended: no promise runs on."""
        for cycle in self._open_cycles():
            self._cancel(cycle, at, cause, with_case=True)

    def _cancel(self, cycle: Cycle, at: int, cause: str, *, with_case: bool) -> None:
        self.cycles[cycle.clock] = ended(cycle, "cancel", at, cause, with_case=with_case)
        self._judge("cancelled", cycle, at, cause=cause)

    def reopen(self, clock: ClockTerms, at: int) -> None:
        """The case is open again: the cycle that ended with it goes on, or another begins, as is said."""
        last = self.cycles.get(clock.name)
        if last is None or not last.ended_with_case or last.ended_at is None or clock.reopening is None:
            return
        within = clock.reopening.resume_within
        if within is None or at - last.ended_at <= within:
            cycle = self.cycles[clock.name] = scheduled(reopened(last, at), self._calendar(last), at)
            waiver = self.waiver if cycle.breached_at is not None and self._excusable(cycle) else None
            forgiven = waiver is not None
            self._judge("resumed", cycle, at, due=cycle.due, cause="the case was reopened", excused=forgiven)
            if waiver is not None:
                self._excuse_from_here(cycle, waiver, at)
                cycle = self.cycles[clock.name]
            if paused_by := clock.paused_by(self.stated):
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
            kept = clock.on_change == "keep" or cycle.policy != self.version
            if not kept and not self._retermed(clock, cycle, at, cause, clock.on_change):
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

    def move(self, version: str, way: OnChange, at: int, cause: str, *, case_open: bool) -> None:
        """Another version of the policy, or another policy, is in force from here on."""
        self.version, self.policy = version, self.versions(version)
        for cycle in self._open_cycles():
            clock = self.policy.clocks.get(cycle.clock)
            if clock is None:
                self._cancel(cycle, at, f"{cause}, which has no such clock", with_case=False)
            elif way != "keep":
                self._retermed(clock, cycle, at, cause, way)
        if case_open:
            self.reconsider(at, cause)

    def _retermed(self, clock: ClockTerms, cycle: Cycle, at: int, cause: str, way: OnChange) -> bool:
        """Put a running cycle under the terms that hold now; False: they hold no promise, it is cancelled."""
        terms = self.policy.terms(clock, self.stated)
        if terms is None:
            self._cancel(cycle, at, cause, with_case=False)
            return False
        target = terms.target
        promised = (target.words, target.rolls, terms.calendar_name, self.version)
        if promised == (cycle.target, cycle.rolls, cycle.calendar, cycle.policy):
            place, covered = terms.promise_rule, terms.coverage_rule
            if (place, covered) != (cycle.promise_rule, cycle.coverage_rule):
                self.cycles[clock.name] = cycle._replace(promise_rule=place, coverage_rule=covered)
            return True
        if way == "from_now":
            cycle = cycle._replace(counts_from=at)
        self._recompute(clock, cycle, terms, at, cause)
        return True

    def _recompute(self, clock: ClockTerms, cycle: Cycle, terms: Terms, at: int, cause: str) -> None:
        changed, exceeded = retermed(cycle, clock, terms, at)
        changed = self.cycles[clock.name] = changed._replace(policy=self.version)
        self._judge("recomputed", changed, at, due=changed.due, was_due=cycle.due, cause=cause)
        if exceeded:
            self._overdraw(changed, at, due(changed, terms.calendar), cause)

    def backdate(self, fact: Noted, *, split: bool) -> None:
        """The case counts from the opening of another one, from which it was split or that it absorbed."""
        opened, cause = fact.more["opened"], fact.more["cause"]
        if not split:
            self.opened = min(self.opened, opened)
        for cycle in self._open_cycles():
            clock = self.policy.clocks[cycle.clock]
            earlier = backdated(cycle, clock, opened, fact.more.get("waited", ()))
            terms = self.policy.terms(clock, self.stated)
            if earlier is not None and terms is not None and (clock.inherits or not split):
                self._recompute(clock, earlier, terms, fact.time, f"{cause}, opened {render(opened)}")

    def _pause_or_resume(self, clock: ClockTerms, cycle: Cycle, at: int, cause: str) -> None:
        paused_by = clock.paused_by(self.stated)
        if paused_by and cycle.paused_at is None:
            self._pause(cycle, at, paused_by)
        elif not paused_by and cycle.paused_at is not None:
            running = self.cycles[cycle.clock] = scheduled(resumed(cycle, at), self._calendar(cycle), at)
            forgiven = running.excused_at is not None
            self._judge("resumed", running, at, due=running.due, cause=cause, excused=forgiven)

    def _pause(self, cycle: Cycle, at: int, cause: str) -> None:
        remaining = 0 if cycle.measured else cycle.budget - cycle.used(self._calendar(cycle), at)
        self.cycles[cycle.clock] = paused(cycle, at, cause)
        words = cycle.target if cycle.measured else ""
        self._judge("paused", cycle, at, amount=remaining, words=words, cause=cause)

    # Small readings

    def _judge(self, what: What, cycle: Cycle, at: int, **said: Any) -> None:
        self.judged.append(Judgement(what, cycle.clock, cycle.number, at, **said))

    def _excusable(self, cycle: Cycle) -> bool:
        return self.policy.clocks[cycle.clock].exceptions

    def _open_cycles(self) -> list[Cycle]:
        return [cycle for cycle in self.cycles.values() if cycle.open]

    def _calendar(self, cycle: Cycle) -> Calendar:
        return self.versions(cycle.policy).calendars[cycle.calendar]
