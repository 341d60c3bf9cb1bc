"""Business time with pauses taken out. Pauses are intervals in any order; overlaps count once."""

from collections.abc import Collection

from shared.calendar.calendar import Calendar
from shared.calendar.instants import Instant
from shared.calendar.intervals import Interval, clip, union


def elapsed(calendar: Calendar, a: Instant, b: Instant, pauses: Collection[Interval]) -> int:
    """Open microseconds in [a, b) that lie in no pause; negative when b < a."""
    if b < a:
        return -elapsed(calendar, b, a, pauses)
    return calendar.elapsed(a, b) - (paused(calendar, a, b, pauses) if pauses else 0)


def paused(calendar: Calendar, a: Instant, b: Instant, pauses: Collection[Interval]) -> int:
    """Open microseconds in [a, b), a <= b, that lie in a pause: what the pauses give back."""
    return sum(calendar.elapsed(start, end) for start, end in clip(union(pauses), a, b))


def add(calendar: Calendar, t: Instant, amount: int, pauses: Collection[Interval]) -> Instant:
    """The earliest instant at which `amount` >= 0 of unpaused open time since `t` has been used."""
    for start, end in union(pauses) if pauses else ():
        if end <= t:
            continue
        run = calendar.elapsed(t, max(start, t))
        if run >= amount:
            break
        amount -= run
        t = end
    return calendar.add(t, amount)


def first_after(calendar: Calendar, t: Instant, amount: int, pauses: Collection[Interval]) -> Instant:
    """The instant after which `amount` >= 0 is exceeded, counting unpaused open time since `t`."""
    for start, end in union(pauses) if pauses else ():
        if end <= t:
            continue
        run = calendar.elapsed(t, max(start, t))
        if run > amount:
            break
        amount -= run
        t = end
    return calendar.first_after(t, amount)
