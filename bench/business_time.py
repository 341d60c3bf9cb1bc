"""Business time against workclock, businesstimedelta and numpy's busday functions, side by side in one run.

`python bench/business_time.py` installs the peers into .tocsin/bench (requirements/bench.in) when they are
missing, checks that all give the same answers, measures, and exits 1 when a bar is missed.
"""

import subprocess
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from importlib import import_module, invalidate_caches
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".tocsin" / "bench"
ZONE = "America/Chicago"
N = 100
SECONDS = 0.7
BATCH = 200_000


def installed() -> None:
    sys.path[:0] = [str(ROOT), str(PEERS)]
    try:
        for peer in ("workclock", "businesstimedelta", "numpy"):
            import_module(peer)
    except ImportError:
        print(f"installing the peers into {PEERS} …", flush=True)
        target = ["--target", str(PEERS), "-r", str(ROOT / "requirements" / "bench.in")]
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *target], check=True)
        invalidate_caches()


def best(ask: Callable[[], object], questions: int) -> float:
    """Nanoseconds a question. Every contestant gets the same time in short rounds; the best counts, since
    noise only adds."""
    ask()
    once = max(timeit.timeit(ask, number=1), 1e-6)
    return min(timeit.repeat(ask, number=1, repeat=max(3, int(SECONDS / once)))) / questions * 1e9


def main() -> int:  # noqa: PLR0915 (a bench reads from top to bottom)
    installed()
    numpy: Any = import_module("numpy")
    workclock: Any = import_module("workclock")
    peer: Any = import_module("businesstimedelta")
    pytz: Any = import_module("pytz")

    from shared.calendar.batch import add_many, elapsed_many  # noqa: PLC0415 (found by installed())
    from shared.calendar.calendar import Calendar  # noqa: PLC0415
    from shared.calendar.instants import DAY, HOUR, instant  # noqa: PLC0415
    from shared.calendar.public_holidays import public_holidays  # noqa: PLC0415

    days = sorted(public_holidays("US-federal").days)
    ours = Calendar.build(ZONE, {"mon-fri": [("07:00", "19:00")]}, public_holidays("US-federal").holidays)
    theirs = workclock.Schedule(
        [workclock.WorkDay(time(7), time(19)), workclock.Holidays(days)], time_zone=ZONE
    )
    rules = peer.Rules(
        [
            peer.WorkDayRule(
                start_time=time(7), end_time=time(19), working_days=[0, 1, 2, 3, 4], tz=pytz.timezone(ZONE)
            ),
            peer.HolidayRule(dict.fromkeys(days, "holiday"), tz=pytz.timezone(ZONE)),
        ]
    )
    busdays = numpy.busdaycalendar(weekmask="1111100", holidays=numpy.array(days, dtype="datetime64[D]"))

    chance = Random(1)
    year = instant(datetime(2026, 1, 1, tzinfo=UTC))
    starts = [year + chance.randrange(365 * DAY) // 1_000_000 * 1_000_000 for _ in range(N)]
    times = [datetime.fromtimestamp(t / 1e6, UTC) for t in starts]
    many = numpy.array([year + chance.randrange(365 * DAY) for _ in range(BATCH)])
    budgets = numpy.array([chance.randrange(1, 80) * HOUR for _ in range(BATCH)])
    many_days = many.astype("datetime64[us]").astype("datetime64[D]")
    some_days = numpy.array([chance.randrange(1, 10) for _ in range(BATCH)])

    # The same answers first.
    for t, when in zip(starts, times, strict=True):
        for hours in (1, 8, 80):
            assert instant(theirs.add(when, timedelta(hours=hours))) == ours.add(t, hours * HOUR)
        assert theirs.between(when, when + timedelta(365)) // timedelta(microseconds=1) == ours.elapsed(
            t, t + 365 * DAY
        )
    slow = [(t, when) for t, when in zip(starts, times, strict=True)][:20]
    for t, when in slow:
        assert instant(when + peer.BusinessTimeDelta(rules, hours=8)) == ours.add(t, 8 * HOUR)
    for calendar in (
        ours,
        Calendar.always(),
        Calendar.build(
            "Europe/Copenhagen", {"mon-sun": [("22:00", "02:30"), ("03:00", "12:00"), ("12:15", "13:00")]}
        ),
        Calendar.build("Asia/Kolkata", {"sat": [("10:00", "10:01")]}),
    ):
        one_by_one = [*map(calendar.add, many.tolist(), budgets.tolist())]
        assert add_many(calendar, many, budgets).tolist() == one_by_one
        one_by_one = [*map(calendar.elapsed, many.tolist(), (many + budgets).tolist())]
        assert elapsed_many(calendar, many, many + budgets).tolist() == one_by_one

    def compare(name: str, mine: float, **peers: float) -> dict[str, float]:
        others = "  ".join(f"{peer} {ns:>10,.0f} ns ({ns / mine:,.1f}x)" for peer, ns in peers.items())
        print(f"{name:<34} ours {mine:>8,.0f} ns  {others}", flush=True)
        return {peer: ns / mine for peer, ns in peers.items()}

    print(f"{ZONE} 07:00-19:00 Mon-Fri, {len(days)} US federal holidays; the best of many short rounds")
    ratios = []
    for hours in (1, 8, 80):
        amount, delta, theirs_too = (
            hours * HOUR,
            timedelta(hours=hours),
            peer.BusinessTimeDelta(rules, hours=hours),
        )
        ratio = compare(
            f"add {hours} h",
            best(partial(lambda amount: [ours.add(t, amount) for t in starts], amount), N),
            workclock=best(partial(lambda delta: [theirs.add(when, delta) for when in times], delta), N),
            businesstimedelta=best(
                partial(lambda delta: [when + delta for _, when in slow], theirs_too), len(slow)
            ),
        )
        ratios.append((f"add {hours} h, times workclock", ratio["workclock"], 20.0))
    ratio = compare(
        "elapsed over one year",
        best(lambda: [ours.elapsed(t, t + 365 * DAY) for t in starts], N),
        workclock=best(lambda: [theirs.between(when, when + timedelta(365)) for when in times], N),
        businesstimedelta=best(
            lambda: [rules.difference(when, when + timedelta(365)) for _, when in slow], len(slow)
        ),
    )
    ratios.append(("one-year elapsed, times workclock", ratio["workclock"], 100.0))

    bare = Calendar.build(ZONE, {"mon-fri": [("07:00", "19:00")]})
    theirs_bare = workclock.Schedule([workclock.WorkDay(time(7), time(19))], time_zone=ZONE)
    compare(
        "the same without holidays, no bar",
        best(lambda: [bare.elapsed(t, t + 365 * DAY) for t in starts], N),
        workclock=best(lambda: [theirs_bare.between(when, when + timedelta(365)) for when in times], N),
    )

    array, deltas = many.astype("datetime64[us]"), budgets.astype("timedelta64[us]")
    ratio = compare(
        f"batch add ({BATCH:,} at once)",
        best(lambda: add_many(ours, many, budgets), BATCH),
        workclock=best(lambda: theirs.add_many(array, deltas), BATCH),
        busday_offset=best(
            lambda: numpy.busday_offset(many_days, some_days, roll="forward", busdaycal=busdays), BATCH
        ),
    )
    ratios.append(("batch add, times workclock", ratio["workclock"], 20.0))
    ratios.append(("batch add, times busday_offset", ratio["busday_offset"], 0.2))
    ratio = compare(
        f"batch one-year elapsed ({BATCH:,})",
        best(lambda: elapsed_many(ours, many, many + 365 * DAY), BATCH),
        workclock=best(lambda: theirs.between_many(array[:N], array[:N] + numpy.timedelta64(365, "D")), N),
        busday_count=best(lambda: numpy.busday_count(many_days, many_days + 365, busdaycal=busdays), BATCH),
    )
    ratios.append(("batch one-year elapsed, times workclock", ratio["workclock"], 100.0))

    compiling = best(lambda: Calendar(ours.schedule).window(year, year + 365 * DAY), 1)
    reading = best(lambda: [instant(when) for when in times], N)
    print(f"to compile two years: {compiling / 1e6:.1f} ms; a datetime to an instant: {reading:,.0f} ns")
    missed = [name for name, reached, bar in ratios if reached < bar]
    for name, reached, bar in ratios:
        print(f"{'MISSED' if reached < bar else 'ok':<7} {name}: {reached:,.2f}, bar {bar}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
