"""What every fact about a case has in common. Known members are strict, unknown ones are kept."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from shared.contracts.envelope import Said

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]

FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "severity_agreement": ("proposed", "confirmed", "disputed"),
    "exception": ("requested", "approved", "rejected", "ended"),
    "disaster": ("declared", "restored"),
    "upstream": ("disrupted", "restored"),
    "resolution": ("fix", "workaround", "other"),
}
"""What is known of a case because of what happened to it: attribute to its values. Nobody states these."""


class CaseSaid(Said):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True, populate_by_name=True)

    def states(self) -> Mapping[str, object]:
        """The attributes of the case that are otherwise from here on; None: no longer known."""
        return {}
