"""Real processes under a real supervisor: they come back, they end in order, and none is orphaned."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from shared.ops.supervisor import Child, supervise

LIVES = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
STUBBORN = """import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("pid", flush=True); time.sleep(600)"""
DIES = "import sys; print('short life', flush=True); sys.exit(3)"
SERVICE = "import asyncio; from shared.ops.process import run; run(lambda stop: stop.wait())"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


async def until(true: Callable[[], bool], within: float = 30) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 - processes set no events
            await asyncio.sleep(0.02)


class Ear:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def pids(self, name: str) -> list[int]:
        return [int(line.split()[1]) for who, line in self.lines if who == name and line.startswith("pid ")]


async def test_a_crashed_child_comes_back_and_the_others_do_not_notice(tmp_path: Path) -> None:
    stop, ear = asyncio.Event(), Ear()
    children = [Child("clock", python(LIVES)), Child("intake", python(LIVES))]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(supervise(children, tmp_path, stop, ear))
        await until(lambda: len(ear.pids("clock")) == 1 and len(ear.pids("intake")) == 1)
        os.kill(ear.pids("clock")[0], signal.SIGKILL)
        await until(lambda: len(ear.pids("clock")) == 2)
        stop.set()
    assert len(ear.pids("intake")) == 1
    assert ("clock", "ended (killed by SIGKILL); starts again in 0.2 s") in ear.lines
    assert all(gone(pid) for pid in ear.pids("clock") + ear.pids("intake"))
    assert (tmp_path / "clock.log").read_text().count("pid ") == 2


async def test_a_child_that_cannot_live_is_started_less_and_less_often(tmp_path: Path) -> None:
    stop, ear = asyncio.Event(), Ear()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(supervise([Child("clock", python(DIES))], tmp_path, stop, ear))
        await until(lambda: ("clock", "ended (exit code 3); starts again in 0.8 s") in ear.lines)
        stop.set()
    assert [line for _, line in ear.lines if "again" in line] == [
        f"ended (exit code 3); starts again in {wait} s" for wait in ("0.2", "0.4", "0.8")
    ]


async def test_a_stubborn_child_is_killed_in_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.ops.supervisor.GRACE", 0.3)
    stop, ear = asyncio.Event(), Ear()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(supervise([Child("clock", python(STUBBORN))], tmp_path, stop, ear))
        await until(lambda: ("clock", "pid") in ear.lines)
        stop.set()


SUPERVISOR = """
import asyncio, json, sys
from pathlib import Path
from shared.ops.process import run
from shared.ops.supervisor import Child, supervise
argvs = json.loads(sys.argv[2])
children = [Child(name, argv) for name, argv in argvs.items()]
say = lambda name, line: print(name, line, flush=True)
run(lambda stop: supervise(children, Path(sys.argv[1]), stop, say))
"""


def start_supervisor(logs: Path, **argvs: list[str]) -> "subprocess.Popen[str]":
    argv = [*python(SUPERVISOR), str(logs), json.dumps(argvs)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def first_pids(supervisor: "subprocess.Popen[str]", count: int) -> list[int]:
    assert supervisor.stdout is not None
    return [int(supervisor.stdout.readline().split()[2]) for _ in range(count)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_killed_supervisor_leaves_no_orphans(tmp_path: Path) -> None:
    supervisor = start_supervisor(tmp_path, clock=python(LIVES), intake=python(LIVES), notifier=python(LIVES))
    pids = first_pids(supervisor, 3)
    assert not any(gone(pid) for pid in pids)
    supervisor.kill()
    supervisor.communicate()
    asyncio.run(until(lambda: all(gone(pid) for pid in pids)))


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_all_and_itself(tmp_path: Path, signal_number: signal.Signals) -> None:
    supervisor = start_supervisor(tmp_path, clock=python(LIVES), intake=python(SERVICE))
    pids = first_pids(supervisor, 1)
    asked = time.monotonic()
    supervisor.send_signal(signal_number)
    supervisor.communicate(timeout=60)
    assert supervisor.returncode == 0
    assert time.monotonic() - asked < 30
    assert all(gone(pid) for pid in pids)


def test_our_own_processes_watch_the_lifeline_too() -> None:
    watched, held = os.pipe()
    service = subprocess.Popen(
        python(SERVICE), pass_fds=(watched,), env={**os.environ, "TOCSIN_LIFELINE": str(watched)}
    )
    os.close(watched)
    os.close(held)
    assert service.wait(30) == 0


def test_it_works_on_uvloop(tmp_path: Path) -> None:
    async def life() -> None:
        stop, ear = asyncio.Event(), Ear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervise([Child("clock", python(LIVES))], tmp_path, stop, ear))
            await until(lambda: len(ear.pids("clock")) == 1)
            stop.set()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(life())
