"""How a process ends: in order when told to, loudly when something crashed, never half."""

import asyncio
import signal
import subprocess
import sys

import pytest

from shared.ops.process import LoopEnded, Stalled, Watchdog, together

WORKS = """
import asyncio
from shared.ops.process import run, together
async def works(stop):
    print("works", flush=True)
    await stop.wait()
    print("finished", flush=True)
"""
CRASHES = """
async def crashes(stop):
    await asyncio.sleep(0.05)
    raise ZeroDivisionError("a bug")
"""


def start(code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_the_loops_finish_what_they_are_at(number: signal.Signals) -> None:
    process = start(WORKS + "run(lambda stop: together(stop, one=works, two=works))")
    assert process.stdout is not None
    assert process.stdout.readline() == "works\n"
    assert process.stdout.readline() == "works\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert out.endswith("finished\nfinished\n")
    assert process.returncode == 0


def test_a_crashed_loop_ends_the_process_loudly() -> None:
    process = start(WORKS + CRASHES + "run(lambda stop: together(stop, one=works, two=crashes))")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a bug" in out + err


def test_a_loop_that_does_not_drain_is_ended_all_the_same() -> None:
    hangs = "import shared.ops.process as p, time\np.DRAIN = 0.3\n"
    hangs += (
        "async def hangs(stop):\n    print('works', flush=True)\n    await stop.wait()\n    time.sleep(600)\n"
    )
    process = start(WORKS + hangs + "run(hangs)")
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "did not drain" in err


def test_an_event_loop_that_stands_still_ends_the_process_with_a_traceback() -> None:
    blocks = "import shared.ops.process as p, time\np.BLOCKED = 1\n"
    blocks += "async def blocks(stop):\n    await asyncio.sleep(0.1)\n    time.sleep(600)\n"
    process = start(WORKS + blocks + "run(blocks)")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "in blocks" in err


async def test_a_loop_that_returns_by_itself_is_a_failure() -> None:
    async def returns(_stop: asyncio.Event) -> None:
        return

    async def works(stop: asyncio.Event) -> None:
        await stop.wait()

    with pytest.raises(ExceptionGroup) as failed:
        await together(asyncio.Event(), returns=returns, works=works)
    assert failed.group_contains(LoopEnded, match="'returns'")


async def test_the_watchdog_bites_only_who_gets_nowhere() -> None:
    stop = asyncio.Event()
    dog = Watchdog("relay", patience=0.2)
    with pytest.raises(Stalled, match="relay"):
        await dog.watch(stop)
    dog.progress()
    stop.set()
    await dog.watch(stop)
