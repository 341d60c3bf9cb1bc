"""Some of `make mutants`: what proves the product is proven itself, by products that are wrong."""

import pytest

from tests.mutants.mutants import MUTANTS
from tests.mutants.table import Row
from tests.mutants.treatments import TREATMENTS
from tests.mutants.ward import ward

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.xdist_group("system")]

SOME = (
    "no fence: whoever commits, commits",
    "the position on one topic is not stored",
    "rows of a batch that failed are kept as they were before it",
    "a call is begun before its attempt is on record",
    "an outbox row is deleted before the wire has acknowledged",
    "what was heard before is heard again",
    "time is let through before the facts on the wire",
)
"""The kit's promises, one of each; all others are known to apply (tests/mutants/test_mutants.py)."""


async def test_the_product_is_green_and_these_mutants_of_it_are_red(postgres_url: str) -> None:
    chosen = [MUTANTS[name] for name in SOME]
    async with ward(postgres_url) as hospital:
        for treatment in dict.fromkeys(one.treatment for one in chosen):
            assert (await hospital.treat(TREATMENTS[treatment])).found == {}, treatment
        rows = [Row(one, await hospital.treat(TREATMENTS[one.treatment], one)) for one in chosen]
    assert [row.line() for row in rows if row.missing] == []
