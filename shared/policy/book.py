"""All policies in all their versions, with the directory of those who have them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.calendar.zone import at_local, zone
from shared.policy.directory import Directory
from shared.policy.policy import Policy
from shared.policy.reading import nearest


class UnknownPolicy(LookupError):
    """No such policy, version or customer; the message says which there are."""


@dataclass(frozen=True, slots=True)
class _Versions:
    since: Sequence[int]
    """The instants from which each version is in force, ascending."""
    policies: Sequence[Policy]


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """A version is in force from the start of its effective date, in its own zone, until the next one."""

    directory: Directory = field(default_factory=Directory)
    digest: str = field(default="", compare=False)
    """Of all texts that it was read from; empty where it was made otherwise."""
    _versions: dict[str, _Versions] = field(default_factory=dict)
    _pinned: dict[str, Policy] = field(default_factory=dict)

    @classmethod
    def of(cls, policies: Iterable[Policy], directory: Directory | None = None) -> "PolicyBook":
        """Raises ValueError when two files are the same version."""
        pinned: dict[str, Policy] = {}
        by_name: dict[str, list[Policy]] = {}
        for policy in policies:
            if (other := pinned.setdefault(policy.version, policy)) is not policy:
                files = f"{other.file} and {policy.file}"
                raise ValueError(f"{policy.version} stands in two files, {files}: keep one of them")
            by_name.setdefault(policy.name, []).append(policy)
        versions = {}
        for name, unordered in by_name.items():
            ordered = sorted(unordered, key=lambda policy: policy.effective)
            versions[name] = _Versions([_in_force_from(policy) for policy in ordered], ordered)
        return cls(directory or Directory(), "", versions, pinned)

    def in_force(self, name: str, instant: int) -> Policy:
        """The version of a policy at an instant; before the first one's date, the first one.

        (A log from before the policy's date can be tried under it, and no case is left without a promise.)

        Raises:
            UnknownPolicy: no policy has that name.
        """
        versions = self._versions.get(name)
        if versions is None:
            raise UnknownPolicy(f"there is no policy {name!r} ({nearest(name, sorted(self._versions))})")
        return versions.policies[max(0, bisect_right(versions.since, instant) - 1)]

    def pinned(self, version: str) -> Policy:
        """The policy that a case was opened under.

        Raises:
            UnknownPolicy: that version is not in the book; a published version must never be taken away.
        """
        policy = self._pinned.get(version)
        if policy is None:
            raise UnknownPolicy(
                f"version {version!r} is not in the book ({nearest(version, sorted(self._pinned))})"
            )
        return policy

    def for_customer(self, customer: str, instant: int) -> Policy:
        """The policy that a customer's new case falls under.

        Raises:
            UnknownPolicy: no such customer, or the customer's policy is not there.
        """
        agreed = self.directory.customers.get(customer)
        if agreed is None:
            known = sorted(self.directory.customers)
            raise UnknownPolicy(f"there is no customer {customer!r} ({nearest(customer, known)})")
        return self.in_force(agreed.policy, instant)

    def versions(self) -> tuple[Policy, ...]:
        """All of them, by name and date."""
        return tuple(policy for versions in self._versions.values() for policy in versions.policies)


def _in_force_from(policy: Policy) -> int:
    return at_local(zone(policy.zone), policy.effective, 0)
