"""`tocsin policy diff`: what another version of a policy changes, and for whom."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding

from cli.policy import words
from cli.policy.files import directory_beside, read_sound
from cli.policy.kinds import asked, listed, rows
from cli.policy.kinds import words as of_kind
from shared.policy.directory import Directory
from shared.policy.policy import Policy

WIDTH = 110


def diff(
    old: Annotated[Path, typer.Argument(help="A policy as it is.")],
    new: Annotated[Path, typer.Argument(help="The same policy as it shall be.")],
    *,
    directory: Annotated[
        Path | None, typer.Option(help="Customers; none: directory.yaml beside the new policy.")
    ] = None,
) -> None:
    """Say what a new version changes and for whom, in the words of the contract."""
    before, after = read_sound(old)[0], read_sound(new)[0]
    people, _ = directory_beside(new, directory)
    console = Console(highlight=False, markup=False, width=WIDTH)
    console.print(f"{before.version} → {after.version}", style="bold")
    console.print(_whom(after, people))
    nothing = True
    for title, lines in changes(before, after):
        nothing = False
        console.print()
        console.print(title, style="bold")
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
    if nothing:
        console.print("\nNothing changes.")


def changes(old: Policy, new: Policy) -> Iterator[tuple[str, list[str]]]:
    """What differs, by subject; subjects without a difference are left out."""
    subjects: dict[str, Iterator[str]] = {
        "Severities": _named(old.vocabulary.severities, new.vocabulary.severities, "means"),
        "Statuses": _named(old.vocabulary.statuses, new.vocabulary.statuses, "means"),
        "Hours": _named(_hours(old), _hours(new)),
        "Promises": _promises(old, new),
        "How clocks run": _named(_clocks(old), _clocks(new)),
        "Who takes care": _named(_care(old), _care(new)),
        "When time runs out": _named(_ladders(old), _ladders(new)),
    }
    for title, found in subjects.items():
        if lines := list(found):
            yield title, lines


def _promises(old: Policy, new: Policy) -> Iterator[str]:
    """Each change of a promise once, with all the kinds of case that it concerns."""
    values = asked([old, new])
    for name in dict.fromkeys((*old.clocks, *new.clocks)):
        told = rows(values, _pair(old, new, name))
        changed: dict[tuple[str, str], list[str]] = {}
        for kind, (before, after) in told:
            if before != after:
                changed.setdefault((before, after), []).append(of_kind(kind) or "every case")
        for (before, after), whom in changed.items():
            yield f"{words.name(name)}: {before} → {after}   for {'; or '.join(whom)}"


def _pair(old: Policy, new: Policy, name: str) -> Callable[[Mapping[str, str]], tuple[str, str]]:
    def ask(stated: Mapping[str, str]) -> tuple[str, str]:
        before, after = (
            words.promise(each.clocks[name], each.terms(each.clocks[name], stated))
            if name in each.clocks
            else "–"
            for each in (old, new)
        )
        return before, after

    return ask


def _hours(policy: Policy) -> dict[str, str]:
    return {name: words.hours(calendar) for name, calendar in policy.calendars.items()}


def _clocks(policy: Policy) -> dict[str, str]:
    return {name: _told(policy, name) for name in policy.clocks}


def _told(policy: Policy, name: str) -> str:
    """All that a clock says of itself besides its promises."""
    clock = policy.clocks[name]
    told = [*words.clock(clock), words.on_change(clock), words.reopening(clock)]
    if clock.warn:
        told.append(f"Warns at {listed([point.words for point in clock.warn])}.")
    if clock.automatic is not None:
        told.append(f"Asks for the update at {clock.automatic.words}.")
    return "\n".join(told)


def _care(policy: Policy) -> dict[str, str]:
    escalation = policy.escalation
    told = {tier.name: f"{words.tier(tier)}, team {tier.team}" for tier in escalation.tiers}
    if rules := escalation.routing.rules:
        told["routing"] = "\n".join(f"{rule.then} where {words.when(rule.when)}." for rule in rules)
    return told


def _ladders(policy: Policy) -> dict[str, str]:
    found = {}
    for rule in policy.escalation.ladders.rules:
        clocks = listed([words.name(clock) for clock in rule.then.clocks])
        which = f", where {words.when(rule.when)}" if rule.when.conditions else ""
        found[clocks + which] = "\n".join(f"{told}." for told in words.ladder(rule.then.steps))
    return found


def _named(old: Mapping[str, str], new: Mapping[str, str], relation: str = "") -> Iterator[str]:
    """What is gone, new or different; of longer texts only the sentences that differ."""
    for name in dict.fromkeys((*old, *new)):
        shown = words.name(name)
        if name not in new:
            yield f"− {shown}"
        elif name not in old:
            text = f": {' '.join(new[name].splitlines())}" if new[name] else ""
            yield f"+ {shown}{text}"
        elif old[name] != new[name]:
            before, after = old[name].splitlines() or [""], new[name].splitlines() or [""]
            gone = " ".join(line for line in before if line not in after)
            come = " ".join(line for line in after if line not in before)
            verb = f" {relation}" if relation else ""
            yield f"~ {shown}{verb}: {gone or 'nothing more'} → {come or 'nothing'}"


def _whom(policy: Policy, directory: Directory | None) -> str:
    if directory is None:
        return "There is no directory: whose policy it is, is not known."
    having = [customer.name for customer in directory.customers.values() if customer.policy == policy.name]
    if not having:
        return f"No customer of the directory has the policy {policy.name!r}."
    return f"For {listed(having)}: cases that are opened from {policy.effective} on ({policy.zone})."
