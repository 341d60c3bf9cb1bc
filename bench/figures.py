"""Writes the tables and plots of the docs from bench/results: no number there is typed by hand."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import plot
from bench.lateness import cost_of, without_cost
from bench.report import RESULTS, table
from bench.scaling import needs

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
SCALING = DOCS / "scaling.md"
PLOTS = DOCS / "performance"
PART = re.compile(r"(<!-- figure: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

FASTEST = 200
"""Milliseconds that the plot of lateness shows."""

Result = Mapping[str, Any]
Plots = dict[str, str]
"""File name to SVG: what the page's pictures are."""
Writer = Callable[[str, Result, Plots], str]


def read(name: str) -> Result | None:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def how(result: Result) -> str:
    """The run in a line: command, day, machine, versions."""
    run = result["run"]
    postgres = run.get("PostgreSQL", "").partition(",")[0]
    return (
        f"`{run['command']}`, {run['when'][:10]}, {run['machine']}, Python {run['Python']}, {postgres}; "
        f"load of the machine before: {run['load before']}.\n"
    )


def without(*names: str) -> Writer:
    """All columns but those, and the run."""

    def write(name: str, result: Result, plots: Plots) -> str:
        rows = [{key: row[key] for key in row if key not in names} for row in result["rows"]]
        return f"{how(result)}\n{table(rows)}\n"

    return write


def upright(name: str, result: Result, plots: Plots) -> str:
    """One run with many values: a row for each."""
    rows = result["rows"]
    if len(rows) == 1:
        rows = [{"figure": key, "value": value} for key, value in rows[0].items()]
    return f"{how(result)}\n{table(rows)}\n"


def chain(name: str, result: Result, plots: Plots) -> str:
    series = result["series"]
    lags = {
        service: [(one["s"], one["lag"][service] + one["outbox"].get(service, 0)) for one in series]
        for service in series[0]["lag"]
    }
    picture = drawn(plots, name, plot.lines("waiting: lag and outbox, facts", "seconds", lags))
    return f"{upright(name, result, plots)}\n{table(result['processes'])}\n\n{picture}"


def due(name: str, result: Result, plots: Plots) -> str:
    late, spent = ([only(row) for row in result["rows"]] for only in (without_cost, cost_of))
    curves = {
        who: [(ms, float(percent)) for percent, ms in enumerate(details["committed"]) if 0 <= ms <= FASTEST]
        for who, details in result["details"].items()
    }
    shown = {who: curve for who, curve in curves.items() if len(curve) > 1}
    title = f"committed within, per cent (up to {FASTEST} ms)"
    picture = drawn(plots, name, plot.lines(title, "milliseconds after the due instant", shown))
    return f"{how(result)}\n{table(late)}\n\n{table(spent)}\n\n{picture}"


def page(name: str, result: Result, plots: Plots) -> str:
    curves = {wire: plot.shares(values) for wire, values in result["milliseconds"].items()}
    picture = drawn(plots, name, plot.lines("pages accepted within, per cent", "milliseconds", curves))
    tables = f"{table(result['hops'])}\n\n{table(result['cores'])}"
    return f"{without()(name, result, plots)}\n{tables}\n\n{picture}"


def scaling(name: str, result: Result, plots: Plots) -> str:
    return f"{how(result)}\n{table(needs(result['processes']))}\n"


def takeover(name: str, result: Result, plots: Plots) -> str:
    return f"{without()(name, result, plots)}\n{table([result['check']])}\n"


def soak(name: str, result: Result, plots: Plots) -> str:
    rows = [
        {key: row[key] for key in row if key != "negligible"}
        for row in result["rows"]
        if not row["negligible"]
    ]
    resident = {
        what.partition(":")[0]: [(at / 60, value) for at, value in curve]
        for what, curve in result["curves"].items()
        if what.endswith("MB resident")
    }
    dead = {
        what.partition(":")[0]: [(at / 60, value) for at, value in curve]
        for what, curve in result["curves"].items()
        if what.endswith("dead rows") and max(value for _, value in curve) > 5000
    }
    pictures = drawn(plots, f"{name}_memory", plot.lines("MB resident", "minutes", resident)) + drawn(
        plots, f"{name}_dead", plot.lines("dead rows", "minutes", dead)
    )
    tables = f"{table(rows)}\n\n{table(result['tables'])}"
    written = f"{result['wal_bytes_an_event']:,.0f} bytes of WAL an event."
    return f"{how(result)}\n{tables}\n\n{written}\n\n{pictures}"


def drawn(plots: Plots, name: str, svg: str) -> str:
    """Take a plot in; returns how the page shows it."""
    plots[f"{name}.svg"] = svg
    return f"![{name}](performance/{name}.svg)\n"


WRITERS: Mapping[str, Writer] = {
    "due": due,
    "page": page,
    "catch_up": without("cores"),
    "chain_kafka": chain,
    "chain_postgres": chain,
    "intake_kafka": without("cores at full"),
    "store_size": without("against the smallest"),
    "takeover": takeover,
    "overdue_kafka": upright,
    "memory": without(),
    "soak": soak,
    "scaling": scaling,
    "profile_kafka": without(),
}


def value_of(rows: Sequence[Mapping[str, Any]], figure: str) -> float:
    return float(next(row["value"] for row in rows if row["figure"] == figure))


def _chain(result: Result) -> str:
    reached = value_of(result["rows"], "events accepted /s")
    return (
        f"{reached:,.0f}/s {'held' if result['held'] else 'driven, not held'} ({reached / result['bar']:.0%})"
    )


SUMMARY: Sequence[tuple[str, str, str, Callable[[Result], str]]] = (
    (
        "due",
        "due → committed fact, 1,000,000 open, 2,000/s",
        "p99 < 10 ms; none early",
        lambda one: "; ".join(
            f"{row['']} {row['committed p99 ms']:,.1f} ms, {row['early']} early"
            if row["not done"] == 0
            else f"{row['']} did {row['done/s']:,.0f}/s of {row['due/s']:,}/s"
            for row in one["rows"]
        ),
    ),
    (
        "page",
        "critical case posted → page accepted",
        "p99 < 250 ms",
        lambda one: "; ".join(f"{row['wire']} p99 {row['p99 ms']:.0f} ms" for row in one["rows"]),
    ),
    (
        "catch_up",
        "clock service, backlog of 1,000,000",
        "≥ 10,000 facts/s",
        lambda one: "; ".join(
            f"{row['wire']} × {row['processes']}: {row['facts /s']:,.0f}/s" for row in one["rows"]
        ),
    ),
    ("chain_kafka", "whole chain, Kafka, flat lag", "≥ 3,000 events/s", _chain),
    ("chain_postgres", "the same on the Postgres wire", "", _chain),
    (
        "intake_kafka",
        "intake alone, batch 1 and 100",
        "≥ 3,000 and ≥ 20,000/s; p99 at half < 30 ms",
        lambda one: "; ".join(
            f"{row['instances']} × {row['events a request']}: {row['events /s']:,.0f}/s,"
            f" p99 {row['p99 ms, half']:.0f} ms"
            for row in one["rows"]
        ),
    ),
    (
        "store_size",
        "cost of an event, 10 thousand to 10 million cases",
        "within ±20 %",
        lambda one: "; ".join(
            f"{row['cases']:,} {row['events go to']} {row['within']}" for row in one["rows"][2:]
        ),
    ),
    (
        "takeover",
        "takeover after kill -9, beyond the detection",
        "< 2 s, none missed, none twice",
        lambda one: (
            f"{max(row['beyond the detection s'] for row in one['rows']):.2f} s; "
            f"{one['check']['missed']} missed, {one['check']['decided twice']} twice"
        ),
    ),
    (
        "overdue_kafka",
        "100,000 overdue at once",
        "≥ 10,000/s in due order; new criticals < 1 s",
        lambda one: (
            f"{one['rows'][0]['facts /s']:,.0f}/s, {one['rows'][0]['out of due order']} out of order;"
            f" {one['rows'][0]['max ms']:,.0f} ms"
        ),
    ),
    (
        "memory",
        "memory of a service, 1,000,000 open",
        "< 300 MB",
        lambda one: f"{max(row['MB after the load'] for row in one['rows']):.0f} MB at most",
    ),
    (
        "soak",
        "an hour at half load",
        "all flat",
        lambda one: f"{sum(row['flat'] != 'flat' for row in one['rows'])} of {len(one['rows'])} not flat",
    ),
)


def summary() -> str:
    rows = []
    for name, figure, bar, measured in SUMMARY:
        result = read(name)
        met = "" if result is None or not bar else "met" if result["met"] else "**missed**"
        rows.append(
            {
                "figure": figure,
                "bar": bar,
                "measured": "not yet" if result is None else measured(result),
                "": met,
            }
        )
    return f"{table(rows)}\n"


def written(text: str) -> tuple[str, Plots]:
    """The page with every part that has a result written anew, and its plots."""
    plots: Plots = {}

    def part(found: re.Match[str]) -> str:
        name = found[2]
        if name == "summary":
            return found[1] + summary() + found[3]
        result = read("chain_kafka" if name == "scaling" else name)
        if result is None:
            return found[1] + "Not measured yet.\n" + found[3]
        return found[1] + WRITERS[name](name, result, plots) + found[3]

    return PART.sub(part, text), plots


def main() -> int:
    PLOTS.mkdir(exist_ok=True)
    for page in (PAGE, SCALING):
        text, plots = written(page.read_text())
        page.write_text(text)
        for name, svg in plots.items():
            (PLOTS / name).write_text(svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
