"""One contestant under the load: filled, started, left to work, asked what came when. The same for everybody.

When something was committed is what PostgreSQL remembers of the transaction (track_commit_timestamp). That
instant is taken as the commit begins to be flushed; the flush itself is shown beside it, as its mean.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from bench.ground import Postgres, ask, cpu
from bench.report import quantiles
from bench.timers import SECOND, Load

GRACE = 5 * SECOND
"""How long after its end the load may still be worked off; what is not done then is shown as such."""
START = 12 * SECOND
"""For a contestant to begin, between the filling and the load."""
MILLISECOND = 1000
COST = ("flush ms", "flushes/s", "WAL kB each", "CPU client s", "CPU server s", "CPU broker s")
"""What goes into a table of its own; everything else is about time."""


class Told(NamedTuple):
    """What is known of one timer afterwards; instants in µs since 1970."""

    number: int
    due: int
    committed: int | None
    called: int | None = None
    """When the handler ran: of peers, who call one."""
    wired: int | None = None
    """When the fact was on the wire: ours."""


class Contestant(Protocol):
    """Somebody who keeps timers in PostgreSQL."""

    name: str
    settings: str

    def fill_seconds(self, count: int) -> float:
        """How long filling so many may take."""
        ...

    def fill(self, due: Sequence[int]) -> str:
        """Put them all into a fresh database; returns its administrator's URL."""
        ...

    def working(self) -> AbstractContextManager[Mapping[str, int]]:
        """Its processes at work: what to call each, and its pid; `client` is the one that counts."""
        ...

    def told(self) -> Sequence[Told]: ...


def measure(
    contestant: Contestant, server: Postgres, shape: Callable[[int], Load], say: Callable[[str], None]
) -> tuple[dict[str, object], dict[str, object]]:
    """A row of the table, and more for whoever draws it. `shape` makes the load that begins at an instant."""
    load, due, url = _filled(contestant, server, shape, say)
    _sleep_until(load.start - START)
    with contestant.working() as processes:
        pids = {**processes, "server": server.pid}
        say(f"{contestant.name}: {load.rate:,} due/s, {load.warm} s to warm up, {load.seconds} s that count")
        _sleep_until(load.counts_from)
        before = _sample(url, pids)
        _sleep_until(load.end)
        after = _sample(url, pids)
        _sleep_until(load.end + GRACE)
    used = {name: after[name] - before[name] for name in before}
    told = contestant.told()
    ask(server.admin_url, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
    committed = [each.committed - each.due for each in told if each.committed and _counts(load, due, each)]
    details: dict[str, object] = {"settings": contestant.settings, "committed": _distribution(committed)}
    return row(contestant.name, load, due, told, used), details


def _filled(
    contestant: Contestant, server: Postgres, shape: Callable[[int], Load], say: Callable[[str], None]
) -> tuple[Load, Sequence[int], str]:
    """The load, its due instants, and where they are: in time before the first of them."""
    filling = int(contestant.fill_seconds(shape(0).open) * SECOND)
    while True:
        load = shape(_now() + filling + START)
        due = load.instants()
        say(f"{contestant.name} ({contestant.settings}): filling {load.open:,} timers")
        began = _now()
        url = contestant.fill(due)
        ask(url, "VACUUM ANALYZE", "CHECKPOINT")
        took = _now() - began
        say(f"{contestant.name}: filled in {took / SECOND:.0f} s")
        if _now() < load.start - START // 2:
            return load, due, url
        say(f"{contestant.name}: too slow for what was reckoned with ({filling // SECOND} s); once more")
        ask(server.admin_url, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
        filling = 2 * took


def _counts(load: Load, due: Sequence[int], told: Told) -> bool:
    return load.counts_from <= due[told.number] < load.end


def kept_up(found: Mapping[str, object]) -> bool:
    return found["not done"] == 0


def row(
    name: str, load: Load, due: Sequence[int], told: Sequence[Told], used: Mapping[str, float]
) -> dict[str, object]:
    """What came of it. Late is who was due in the seconds that count; early and twice is whoever was."""
    counted = [each for each in told if _counts(load, due, each)]
    committed = {each.number: each.committed - each.due for each in counted if each.committed is not None}
    called = [each.called - each.due for each in counted if each.called is not None]
    wired = [each.wired - each.due for each in counted if each.wired is not None]
    firsts = [min(at for at in (each.called, each.committed, each.due + 1) if at) - each.due for each in told]
    done = sum(load.counts_from <= (each.committed or 0) < load.end for each in told)
    flushes = used["fsyncs"] or 1
    return {
        "": name,
        "due/s": load.rate,
        "done/s": done / load.seconds,
        "not done": sum(load.counts_from <= at < load.end for at in due) - len(committed),
        "early": sum(late < 0 for late in firsts),
        "soonest ms": min(committed.values(), default=0) / MILLISECOND,
        "twice": len(told) - len({each.number for each in told}),
        **_milliseconds("called", called, ("p50", "p99", "max")),
        **_milliseconds("committed", list(committed.values()), ("p50", "p99", "max")),
        **_milliseconds("on the wire", wired, ("p50", "p99")),
        "flush ms": used["fsync ms"] / flushes,
        "flushes/s": used["fsyncs"] / load.seconds,
        "WAL kB each": used["WAL bytes"] / 1000 / max(1, done),
        **{f"CPU {name} s": used[name] for name in used if name in ("client", "server", "broker")},
    }


def without_cost(found: Mapping[str, object]) -> dict[str, object]:
    return {name: found[name] for name in found if name not in COST}


def cost_of(found: Mapping[str, object]) -> dict[str, object]:
    return {name: found[name] for name in found if name in ("", "due/s", *COST)}


def _milliseconds(what: str, spans: Sequence[int], figures: Sequence[str]) -> dict[str, object]:
    found = quantiles(spans)
    return {f"{what} {figure} ms": found[figure] / MILLISECOND if found else None for figure in figures}


def _distribution(spans: Sequence[int]) -> list[float]:
    """Every hundredth, for a plot: milliseconds."""
    ranked = sorted(spans)
    return (
        [ranked[round((len(ranked) - 1) * step / 100)] / MILLISECOND for step in range(101)] if ranked else []
    )


def _sample(url: str, pids: Mapping[str, int]) -> dict[str, float]:
    flushed = ask(
        url,
        "SELECT sum(fsyncs)::float8 AS fsyncs, sum(fsync_time) AS spent,"
        " (SELECT wal_bytes::float8 FROM pg_stat_wal) AS written FROM pg_stat_io WHERE object = 'wal'",
    )[0]
    fixed = {"fsyncs": flushed["fsyncs"], "fsync ms": flushed["spent"], "WAL bytes": flushed["written"]}
    return fixed | {name: cpu(pid) for name, pid in pids.items()}


def _now() -> int:
    return time.time_ns() // 1000


def _sleep_until(instant: int) -> None:
    time.sleep(max(0, instant - _now()) / SECOND)
