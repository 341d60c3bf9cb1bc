"""All mutants."""

from tests.mutants.of_the_kit import KIT
from tests.mutants.of_the_services import OTHERS

MUTANTS = {one.name: one for one in (*KIT, *OTHERS)}
