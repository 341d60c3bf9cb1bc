"""A peer as a contestant: its program (bench/peers/) in an environment of its own, installed on demand."""

import shutil
import signal
import subprocess
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.ground import HOME, ROOT, ask
from bench.lateness import Told
from bench.timers import keep
from shared.ops.offspring import command

ENVIRONMENT = HOME / "peers"
RIVER = HOME / "river"
_LOCK = ROOT / "requirements" / "peers.txt"
_GO = shutil.which("go") or "/usr/local/go/bin/go"


@dataclass(frozen=True, slots=True)
class Known:
    """A peer: how its program is started, and which rows say that a job is done, as (job, xmin)."""

    name: str
    settings: str
    done: str
    fills_a_second: int
    program: tuple[str, ...]


PEERS = {
    "pgqueuer": Known(
        "pgqueuer 1.6.0",
        "asyncpg pool of 4, uvloop, batch_size 1,000, dequeue_timeout and min_dequeue_poll_interval 5 ms,"
        " its autovacuum settings, statistics off;"
        " committed: its row in pgqueuer_log is, with which the job is deleted",
        "SELECT job_id, xmin FROM pgqueuer_log WHERE status = 'successful'",
        15_000,
        (str(ENVIRONMENT / "bin" / "python"), "-m", "bench.peers.pgqueuer"),
    ),
    "procrastinate": Known(
        "procrastinate 3.10.0",
        "psycopg 3 pool of 20, concurrency 20, fetch_job_polling_interval 10 ms;"
        " committed: its event 'succeeded', written as the job is finished",
        "SELECT job_id, xmin FROM procrastinate_events WHERE type = 'succeeded'",
        4_000,
        (str(ENVIRONMENT / "bin" / "python"), "-m", "bench.peers.procrastinate"),
    ),
    "river": Known(
        "River v0.51.1",
        "pgx v5, MaxWorkers 500, FetchCooldown and FetchPollInterval 2 ms, its batch completer;"
        " committed: the job is 'completed'",
        "SELECT id, xmin FROM river_job WHERE state = 'completed'",
        15_000,
        (str(RIVER),),
    ),
}


@dataclass(slots=True)
class Peer:
    """See `bench.lateness.Contestant`."""

    known: Known
    admin_url: str
    name: str = ""
    settings: str = ""
    _url: str = ""
    _due: Path = field(default=HOME / "due.timers")
    _notes: Path = field(default=HOME / "due.notes")

    def __post_init__(self) -> None:
        self.name, self.settings = self.known.name, self.known.settings

    def fill_seconds(self, count: int) -> float:
        return 10 + count / self.known.fills_a_second

    def fill(self, due: Sequence[int]) -> str:
        database = f"due_{self.name.split()[0].lower()}"
        ask(self.admin_url, f"CREATE DATABASE {database}")
        self._url = f"{self.admin_url.rpartition('/')[0]}/{database}"
        keep(array("q", due), self._due)
        subprocess.run([*self.known.program, "fill", self._url, str(self._due)], cwd=ROOT, check=True)
        return self._url

    @contextmanager
    def working(self) -> Iterator[Mapping[str, int]]:
        self._notes.unlink(missing_ok=True)
        log = HOME / f"due-{self.name.split()[0].lower()}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(
                    [*self.known.program, "work", self._url, str(self._notes)],
                    at_parents_death=signal.SIGKILL,
                ),
                cwd=ROOT,
                stdout=output,
                stderr=output,
            )
            try:
                yield {"client": process.pid}
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
        if process.wait() != 0 or not self._notes.exists():
            raise RuntimeError(f"{self.name} ended with {process.returncode} and left no notes; see {log}")

    def told(self) -> Sequence[Told]:
        committed = (
            "SELECT done.job, (extract(epoch FROM pg_xact_commit_timestamp(done.xmin)) * 1000000)::bigint"
            f" FROM ({self.known.done}) AS done (job, xmin)"
        )
        done: dict[int, int] = dict(ask(self._url, committed))
        told: list[Told] = []
        for line in self._notes.read_text().splitlines():
            number, due, called, job = map(int, line.split())
            told.append(Told(number, due, done.get(job), called))
        return told


def install(names: Sequence[str], say: Any = print) -> None:
    """Make what these peers need, where it is missing."""
    if {"pgqueuer", "procrastinate"} & set(names):
        made = ENVIRONMENT / "made-of"
        if not made.exists() or made.read_text() != _LOCK.read_text():
            say(f"installing the peers into {ENVIRONMENT} …")
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
            pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "-q", "--require-hashes"]
            subprocess.run([*pip, "--disable-pip-version-check", "-r", str(_LOCK)], check=True)
            made.write_text(_LOCK.read_text())
    if "river" in names:
        if not Path(_GO).exists():
            raise SystemExit("River needs Go 1.26: install it, or name other peers with --only")
        say(f"building River's program as {RIVER} …")
        program = ROOT / "bench" / "peers" / "river"
        subprocess.run([_GO, "build", "-o", str(RIVER), "."], cwd=program, check=True)
