"""`python -m tests.chaos`: trouble of every kind for a whole system under load; the proof that it held."""

import argparse
import asyncio
import logging
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

from shared.ops.local_server import CannotStart
from tests.chaos.cells import CELLS
from tests.chaos.course import Course, run
from tests.chaos.servers import own_mounts

REPORT = Path(".tocsin/chaos-report.txt")


def main() -> int:
    given = _arguments()
    if given.list:
        print("\n".join(CELLS))
        return 0
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us without Ctrl-C
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that the broker is away is our own doing
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:7.1f}  {line}", flush=True)

    with tempfile.TemporaryDirectory(prefix="tocsin-chaos-", ignore_cleanup_errors=True) as home:
        course = Course(
            Path(given.home or home),
            given.wire,
            given.seed or secrets.token_hex(4),
            given.cells.split(",") if given.cells else list(CELLS),
            None if given.once else given.minutes * 60,
            given.rate,
            own_mounts(),
        )
        try:
            report = asyncio.run(run(course, say))
        except CannotStart as missing:
            print(missing, file=sys.stderr)
            return 2
    text = report.text()
    print(f"\n{text}")
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.write_text(text + "\n".join(one.line() for one in report.rounds) + "\n")
    print(f"written to {given.report}; again: {report.command}")
    return 1 if report.violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for how long faults are made")
    parser.add_argument("--once", action="store_true", help="each cell once, instead")
    parser.add_argument("--cells", default="", help="some of them, by name, with commas")
    parser.add_argument("--wire", choices=("kafka", "postgres"), default="postgres")
    parser.add_argument("--seed", default="", help="of everything that is drawn; none: a new one")
    parser.add_argument("--rate", type=float, default=12, help="events a second")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report is written")
    parser.add_argument("--home", default="", help="an empty directory that is kept, with the logs")
    parser.add_argument("--list", action="store_true", help="the cells")
    given = parser.parse_args()
    unknown = set(filter(None, given.cells.split(","))) - set(CELLS)
    if unknown:
        parser.error(f"no such cell: {', '.join(sorted(unknown))}; there are {', '.join(CELLS)}")
    return given


if __name__ == "__main__":
    sys.exit(main())
