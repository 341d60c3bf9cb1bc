"""`python -m tests.mutants.living FOLDER TREATMENT NUMBER`: one life, out of the tree that it is started in.

It ends as the treatment wants, or at SIGTERM, once FOLDER/over-NUMBER is there.
"""

import asyncio
import signal
import sys
from asyncio import TaskGroup
from pathlib import Path

import shared
from tests.mutants.life import Life
from tests.mutants.treatments import TREATMENTS


async def live(folder: Path, treatment: str, number: int) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with TaskGroup() as tasks:
        life = Life(folder, tasks)
        await TREATMENTS[treatment].lives[number](life)
        if missing := life.faults.never_came():
            raise LookupError(f"these faults never came: {', '.join(missing)}")
        life.mark(f"over-{number}")
        await ended.wait()
        await life.stop_all()


if __name__ == "__main__":
    if Path.cwd() not in Path(next(iter(shared.__path__))).parents:
        sys.exit(f"{shared.__path__} is not the product of {Path.cwd()}")
    asyncio.run(live(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
