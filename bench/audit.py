"""`tocsin audit` over a million events and all that was decided on them: how fast, in how much memory."""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from typing import Any

import uvloop

from bench import ground, load, report
from bench.catch_up import write_backlog
from bench.load import Desk
from bench.sampling import Sampler
from bench.sender import Sender
from bench.system import System, machine_of, system
from shared.ops.supervisor import python

BATCH = 500
CONNECTIONS = 4
MOST_MEMORY = 600
"""MB: what an audit may need, however long the log is."""


async def tell(made: System, count: int, seed: int) -> None:
    """Post so many events, as fast as intake takes them, and wait until all is decided and published."""
    desk = Desk(seed, min(20_000, count // 20))
    sender = Sender(made.doors, made.key, CONNECTIONS)
    await sender.open()
    left = count

    def post() -> None:
        nonlocal left
        if left > 0:
            events = desk.events(min(BATCH, left))
            left -= len(events)
            sender.post(events, time.perf_counter())

    sender.on_answer = post
    for _ in range(CONNECTIONS):
        post()
    while left > 0:  # noqa: ASYNC110 - a bench may look now and then
        await asyncio.sleep(0.05)
    await sender.settle()
    if sender.tally.refused:
        raise RuntimeError(f"{sender.tally.refused} events were refused: {sender.tally.first_refusal}")
    sender.close()
    await Sampler(made).drained(300)


def audit(made: System) -> dict[str, Any]:
    """One pass, as a process of its own."""
    named = {"TOCSIN_ADMIN_URL": made.admin_url, "TOCSIN_POLICIES": str(made.plan.policies)}
    began = time.perf_counter()
    done = subprocess.run(
        [*python("cli.main"), "audit", "--json"],
        env={**os.environ, **named, "TOCSIN_KAFKA": made.kafka},
        stdout=subprocess.PIPE,
        check=False,
    )
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    for violation in found["violations"][:10]:
        print(violation)
    checked = {name: one["checked"] for name, one in found["invariants"].items()}
    return {
        "wire": made.plan.wire,
        "cases": found["cases"],
        "facts": found["facts"],
        "states decided again": checked["states_again"],
        "violations": sum(one["violations"] for one in found["invariants"].values()),
        "s": seconds,
        "facts /s": found["facts"] / seconds,
        "peak MB": used.ru_maxrss / 1024,
        "notes": found["notes"],
    }


def main() -> int:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("--events", type=int, default=1_000_000)
    asking.add_argument("--wire", choices=["kafka", "postgres"], default="postgres")
    asking.add_argument("--services", nargs="*", default=["intake", "clock"])
    asking.add_argument(
        "--straight",
        action="store_true",
        help="put facts on the wire that nobody hears: what reading and sorting alone takes",
    )
    asking.add_argument("--seed", type=int, default=1)
    asked = asking.parse_args()
    with system(asked.wire, settings=ground.SETTINGS) as made:
        told = report.header(**machine_of(made), load=load.shape())
        made.start(*asked.services)
        began = time.perf_counter()
        if asked.straight:
            made.stop()
            uvloop.run(write_backlog(made, asked.events, asked.seed))
        else:
            uvloop.run(tell(made, asked.events, asked.seed))
        print(
            f"{asked.events:,} events told and decided on in {time.perf_counter() - began:.0f} s", flush=True
        )
        made.stop()
        row = audit(made)
    notes = row.pop("notes")
    print(report.table([row]), "\n", notes)
    met = not row["violations"] and row["peak MB"] <= MOST_MEMORY
    report.save("audit", told, [row], met=met)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
