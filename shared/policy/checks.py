"""What policies and the directory say of one another, and where it does not fit."""

from collections.abc import Iterator, Sequence

from shared.policy.directory import Directory
from shared.policy.policy import Policy
from shared.policy.reading import nearest


def misfits(policies: Sequence[Policy], directory: Directory) -> Iterator[str]:
    """Customers under policies that are not there, tiers of teams that are not there."""
    names = sorted({policy.name for policy in policies})
    for customer in directory.customers.values():
        if customer.policy not in names:
            hint = nearest(customer.policy, names)
            yield f"the customer {customer.id!r} has the policy {customer.policy!r}: there is none ({hint})"
    teams = sorted(directory.teams)
    for policy in policies:
        for tier in policy.escalation.tiers:
            if tier.team not in teams:
                hint = nearest(tier.team, teams)
                yield f"{policy.version}: {tier.name} is worked by {tier.team!r}: no such team ({hint})"
