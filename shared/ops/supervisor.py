"""Keeps child processes alive: starts them, gathers what they write, restarts those that crash, ends all.

A child that crashes comes back after 0.2 s, then 0.4 s, … up to 5 s; one that has lived 10 s starts afresh.
Told to stop, it asks all children at once and kills those that are not gone within 5 s. Killed itself, it
takes them along: by the kernel's promise on Linux, and by a pipe that closes, which our own processes watch.
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from shared.ops.offspring import command
from shared.ops.process import LIFELINE

FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
STEADY = 10.0
"""Seconds after which a child's life counts as a success."""
GRACE = 5.0
LINE = 1 << 20
"""Bytes of the longest line that is passed on in one piece."""

Say = Callable[[str, str], None]
"""Hears the child's name and a line that it wrote, or that was written about it."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep alive; `env` is added to our own environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


async def supervise(children: Sequence[Child], logs: Path, stop: asyncio.Event, say: Say) -> None:
    """Run the children until told to stop; their output goes to `logs`/NAME.log and to `say`.

    Call it on the main thread: the kernel's promise is tied to the thread that starts a child.
    """
    logs.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    watched, held = os.pipe()
    try:
        async with asyncio.TaskGroup() as tasks:
            for child in children:
                tasks.create_task(_keep_alive(child, logs, watched, stop, say))
    finally:
        os.close(watched)
        os.close(held)


async def _keep_alive(child: Child, logs: Path, lifeline: int, stop: asyncio.Event, say: Say) -> None:
    wait = FIRST_WAIT
    with (logs / f"{child.name}.log").open("ab") as log:
        while not stop.is_set():
            born = time.monotonic()
            process = await _start(child, lifeline)
            code = await _live(process, child.name, log, stop, say)
            if stop.is_set():
                return
            if time.monotonic() - born > STEADY:
                wait = FIRST_WAIT
            say(child.name, f"ended ({_how(code)}); starts again in {wait:g} s")
            await _pause(stop, wait)
            wait = min(2 * wait, LONGEST_WAIT)


async def _start(child: Child, lifeline: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *command(child.argv, at_parents_death=signal.SIGKILL),
        env={**os.environ, **child.env, LIFELINE: str(lifeline)},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        pass_fds=(lifeline,),
        # Ctrl-C in the terminal is ours to pass on, so that all end in order.
        start_new_session=True,
        limit=LINE,
    )


async def _live(process: Process, name: str, log: BinaryIO, stop: asyncio.Event, say: Say) -> int:
    """Follow one life to its end; returns the exit code."""
    try:
        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(_end(process, stop))
            if process.stdout is not None:
                tasks.create_task(_pass_on(process.stdout, name, log, say))
            code = await process.wait()
            ending.cancel()
        return code
    finally:
        if process.returncode is None:
            process.kill()


async def _end(process: Process, stop: asyncio.Event) -> None:
    await stop.wait()
    process.terminate()
    await asyncio.sleep(GRACE)
    process.kill()


async def _pass_on(output: asyncio.StreamReader, name: str, log: BinaryIO, say: Say) -> None:
    while True:
        try:
            line = await output.readline()
        except ValueError:  # longer than LINE; the reader has dropped it
            line = b"[a line that was too long]\n"
        if not line:
            return
        log.write(line)
        log.flush()
        say(name, line.decode(errors="replace").rstrip("\n"))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def python(module: str) -> list[str]:
    """The command line of one of our own modules, on this interpreter."""
    return [sys.executable, "-m", module]
