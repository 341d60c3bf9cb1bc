"""Due → committed fact, with a million timers open: how late, beside pgqueuer, procrastinate and River."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import ground, report
from bench.lateness import Contestant, cost_of, kept_up, measure, without_cost
from bench.ours import Tocsin
from bench.peers.peer import PEERS, Peer, install
from bench.timers import Load

OURS = ("postgres", "kafka")
BAR = 10.0
"""Milliseconds, p99, of ours."""


def main() -> int:
    asked = _arguments()
    chosen = OURS if asked.ours_only else asked.only or (*OURS, *PEERS)
    install(chosen)
    with ground.postgres("due") as server:
        told = report.header(PostgreSQL=server.shown)
        rows: list[report.Row] = []
        more: dict[str, object] = {}
        for name in chosen:
            rate = asked.rate
            while rate:
                row, details = _measured(name, server, asked, rate)
                rows.append(row)
                more[f"{row['']} at {rate}/s"] = details
                # Who cannot keep up is asked once more, for what it has just shown that it can do.
                rate = 0 if kept_up(row) or rate < asked.rate else int(0.7 * float(str(row["done/s"])))
    print("\n" + report.table([without_cost(row) for row in rows]))
    print("\n" + report.table([cost_of(row) for row in rows]))
    ours = [row for row in rows if str(row[""]).startswith("Tocsin")]
    met = all(map(_met, ours))
    if ours:
        print(f"\nbar: p99 below {BAR:g} ms, none early: {'met' if met else 'MISSED'}")
    if asked.save:
        report.save("due", told, rows, details=more, met=met)
    return 0 if met else 1


def _met(row: report.Row) -> bool:
    """Ours alone has a bar."""
    late = row["committed p99 ms"]
    return isinstance(late, float) and late < BAR and not row["early"] and kept_up(row)


def _measured(
    name: str, server: ground.Postgres, asked: argparse.Namespace, rate: int
) -> tuple[dict[str, object], dict[str, object]]:
    def shape(start: int) -> Load:
        return Load(asked.open, rate, asked.warm, asked.seconds, start)

    with _contestant(name, server.admin_url) as contestant:
        return measure(contestant, server, shape, lambda what: print(what, flush=True))


@contextmanager
def _contestant(name: str, admin_url: str) -> Iterator[Contestant]:
    if name in PEERS:
        yield Peer(PEERS[name], admin_url)
    elif name == "kafka":
        with ground.kafka("due-kafka") as broker:
            yield Tocsin(admin_url, "kafka", broker)
    else:
        yield Tocsin(admin_url, "postgres", None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.due", description=__doc__)
    parser.add_argument("--open", type=int, default=1_000_000, help="open timers in the store")
    parser.add_argument("--rate", type=int, default=2000, help="of them fall due each second")
    parser.add_argument("--warm", type=int, default=10, help="seconds that do not count")
    parser.add_argument("--seconds", type=int, default=60, help="seconds that do")
    parser.add_argument("--ours-only", action="store_true", help="leave the peers out")
    parser.add_argument("--only", nargs="+", choices=(*OURS, *PEERS), help="these contestants alone")
    parser.add_argument("--save", action="store_true", help="keep the outcome in bench/results/")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
