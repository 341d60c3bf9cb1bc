"""`python -m tests.mutants`: the product as it is under each treatment, then every mutant under its own."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.mutants import MUTANTS
from tests.mutants.patient import NoTreatment, Outcome
from tests.mutants.table import Row, write
from tests.mutants.treatments import TREATMENTS
from tests.mutants.ward import Ward, ward
from tests.support import servers


async def run(server: str, mutants: list[Mutant], *, whole: bool) -> bool:
    """Whether the product is green, and every mutant red where it must be."""
    async with ward(server) as hospital:
        green, healthy = await _as_it_is(hospital, {one.treatment for one in mutants})
        rows = []
        for mutant in mutants:
            row = Row(mutant, await _treated(hospital, mutant))
            rows.append(row)
            print(row.line(), flush=True)
            for name, words in row.outcome.found.items():
                print(f"{'':10}{name}: {words[0]}", flush=True)
    survived = [row.mutant.name for row in rows if row.missing]
    print(f"{len(rows)} mutants, {len(survived)} survived{': ' if survived else ''}{', '.join(survived)}")
    if whole and green and not survived:
        write(rows, healthy)
    return green and not survived


async def _treated(hospital: Ward, mutant: Mutant) -> Outcome:
    try:
        return await hospital.treat(TREATMENTS[mutant.treatment], mutant)
    except NoTreatment as why:
        return Outcome({"no treatment": [str(why)]})


async def _as_it_is(hospital: Ward, treatments: set[str]) -> tuple[bool, str]:
    seconds, green = 0.0, True
    for name in [name for name in TREATMENTS if name in treatments]:
        outcome = await hospital.treat(TREATMENTS[name])
        seconds += outcome.seconds
        print(
            f"{outcome.seconds:6.1f} s  as it is: {name}: {'RED' if outcome.found else 'green'}", flush=True
        )
        for by, words in outcome.found.items():
            green = False
            print(*(f"{'':10}{by}: {one}" for one in words[:5]), sep="\n", flush=True)
    told = f"The product as it is, under the same {len(treatments)} treatments: green, in {seconds:.0f} s."
    return green, told


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="mutants, by name; none: all, and the table is written")
    parser.add_argument("--list", action="store_true", help="the names")
    given = parser.parse_args()
    if given.list:
        print("\n".join(MUTANTS))
        return 0
    unknown = set(given.names) - set(MUTANTS)
    if unknown:
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}; --list names them")
    chosen = [MUTANTS[name] for name in given.names or MUTANTS]
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-mutants-") as home,
        servers.postgres(Path(home)) as server,
    ):
        return 0 if asyncio.run(run(server, chosen, whole=not given.names)) else 1


if __name__ == "__main__":
    sys.exit(main())
