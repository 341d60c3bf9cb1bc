"""Whether a running system came to what the pure functions say: every clock of every case, to the second."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2

from shared.contracts.instant import Instant, parse
from shared.ops.clock import Clock, RealClock

COMPARED = ("state", "started", "due", "breached_at", "met_at", "ended_at", "policy")
AT_ONCE = 8
AGAIN = 500_000
"""Physical µs between two looks at what differs still."""

Clocks = Sequence[Mapping[str, Any]]
"""A case's clocks as the clock service shows them."""


@dataclass(frozen=True, slots=True)
class Difference:
    case: str
    clock: str
    what: str
    system: str
    expected: str

    def __str__(self) -> str:
        return f"{self.case}: {self.clock}: {self.what} is {self.system}, expected {self.expected}"


def differences(case: str, system: Clocks, expected: Clocks) -> list[Difference]:
    """Everything in which two readings of a case's clocks differ."""
    ours, theirs = _judged(expected), _judged(system)
    return [
        Difference(case, name, what, str(theirs.get(name, {}).get(what)), str(ours.get(name, {}).get(what)))
        for name in sorted(ours.keys() | theirs.keys())
        for what in COMPARED
        if theirs.get(name, {}).get(what) != ours.get(name, {}).get(what)
    ]


def _judged(clocks: Clocks) -> dict[str, dict[str, Any]]:
    return {
        f"{clock['clock']} {clock['cycle']}": {what: _to_the_second(clock[what]) for what in COMPARED}
        for clock in clocks
    }


def _to_the_second(value: Any) -> Any:
    return value[:19] if isinstance(value, str) and value.endswith("Z") else value


class CaseReader:
    """Reads what a service shows of cases, as often as it takes."""

    def __init__(self, client: httpx2.AsyncClient, url: str, what: str = "clocks") -> None:
        self._client = client
        self._url = url
        self._what = what
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._clock = RealClock()

    async def read(self, case: str) -> dict[str, Any] | None:
        """`/v1/cases/CASE/<what>`; None of a case that is not known there."""
        url = f"{self._url}/v1/cases/{quote(case, safe='')}/{self._what}"
        async with self._turns:
            while True:
                try:
                    answer = await self._client.get(url)
                except httpx2.TransportError:
                    answer = None
                if answer is not None and not answer.is_server_error:
                    if answer.status_code == httpx2.codes.NOT_FOUND:
                        return None
                    answer.raise_for_status()
                    shown: dict[str, Any] = answer.json()
                    return shown
                await self._clock.sleep_until(self._clock.now() + AGAIN)


async def settle(
    cases: Sequence[str],
    reader: CaseReader,
    expect: Callable[[str, Instant], Clocks],
    clock: Clock,
    patience: int,
) -> tuple[dict[str, Clocks], list[Difference]]:
    """Look until the system agrees with `expect(case, now)` in every case, or nothing moves for the patience.

    A system in time-lapse goes on living while it is asked, so what differs is looked at again.
    """
    real = RealClock()
    seen: dict[str, Clocks] = {}
    found: dict[str, list[Difference]] = {case: [] for case in cases}
    moved = real.now()
    while True:
        last = found
        found = {}

        async def look(case: str, into: dict[str, list[Difference]]) -> None:
            shown = await reader.read(case)
            now = clock.now() if shown is None else parse(shown["now"])
            seen[case] = [] if shown is None else shown["clocks"]
            if differing := differences(case, seen[case], expect(case, now)):
                into[case] = differing

        async with asyncio.TaskGroup() as group:
            for case in last:
                group.create_task(look(case, found))
        if found != last:
            moved = real.now()
        if not found or real.now() > moved + patience:
            return seen, [one for case in found for one in found[case]]
        await real.sleep_until(real.now() + AGAIN)
