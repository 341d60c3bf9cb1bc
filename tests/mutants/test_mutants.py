"""Mutants cannot rot: each is still a change of the product that is there, and asks for what there is."""

import ast
from dataclasses import replace

import pytest

from cli.audit.checks.invariants import INVARIANTS
from tests.mutants.mutant import Mutant, NoLongerApplies
from tests.mutants.mutants import MUTANTS
from tests.mutants.of_the_kit import KIT
from tests.mutants.of_the_services import OTHERS
from tests.mutants.patient import OUTSIDE
from tests.mutants.treatments import TREATMENTS


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_it_applies_and_what_it_asks_for_is_there(mutant: Mutant) -> None:
    ast.parse(mutant.applied())
    assert mutant.treatment in TREATMENTS
    assert mutant.red
    assert mutant.red <= {OUTSIDE} | {one.name for one in INVARIANTS}


def test_one_that_no_longer_applies_says_its_name() -> None:
    some = next(iter(MUTANTS.values()))
    for old in ("no such line", "import"):  # not there, and there more than once
        with pytest.raises(NoLongerApplies, match=f"the mutant '{some.name}' no longer applies"):
            replace(some, edits=((old, ""),)).applied()


def test_each_has_a_name_of_its_own_and_each_treatment_a_mutant() -> None:
    assert len(MUTANTS) == len(KIT) + len(OTHERS)
    assert {one.treatment for one in MUTANTS.values()} == set(TREATMENTS)
