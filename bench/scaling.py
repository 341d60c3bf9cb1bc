"""What more events a second would take: cores, partitions, databases; arithmetic from a run of the chain."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

RATES = (1_000, 10_000, 100_000, 1_000_000)
SERVICES = ("intake", "clock", "escalation", "notifier")
BUSY = 0.7
"""Of a core: what is planned for. The rest is for bursts and for the load of a process that died."""
DATABASE_CORES = 16
"""Of one PostgreSQL server."""


def needs(processes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each rate; `processes` are the rows of a chain's run: who takes how many µs an event."""
    spent = {row["process"]: float(row["µs an event"]) for row in processes}
    return [_need(spent, rate) for rate in RATES]


def _need(spent: Mapping[str, float], rate: int) -> dict[str, Any]:
    cores = {who: rate * spent[who] / 1e6 / BUSY for who in (*SERVICES, "PostgreSQL", "Kafka")}
    return {
        "events/s": rate,
        **{f"{service} processes": ceil(cores[service]) for service in SERVICES},
        "partitions at least": ceil(max(cores[service] for service in SERVICES)),
        "PostgreSQL cores": ceil(cores["PostgreSQL"]),
        f"databases of {DATABASE_CORES} cores": ceil(cores["PostgreSQL"] / DATABASE_CORES),
        "Kafka cores, one copy": ceil(cores["Kafka"]),
    }
