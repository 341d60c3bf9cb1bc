"""How a bench tells: what it ran on, its rows as a table, and the same as JSON for docs/performance.md."""

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")

Row = Mapping[str, object]
"""Column to value. Floats are shown with three figures, None as nothing."""

_OURS = ("asyncpg", "sqlalchemy", "aiokafka", "pydantic", "uvloop")


def header(**versions: object) -> dict[str, Any]:
    """How, when and on what this runs, printed and returned; `versions` and settings are the caller's."""
    told = {
        "command": " ".join(["python -m", _module(), *sys.argv[1:]]),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory():.0f} GB, {platform.system()} "
        f"{platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in _OURS),
        **{name.replace("_", " "): _words(value) for name, value in versions.items()},
    }
    widest = max(map(len, told))
    for name, value in told.items():
        print(f"{name:{widest}}  {value}")
    print(flush=True)
    return told


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, aligned, so that it can be read here and pasted there.

    A column in which no row has anything is left out.
    """
    names = list(dict.fromkeys(name for row in rows for name in row if row[name] is not None))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(2, *(len(line[place]) for line in cells)) for place in range(len(names))]
    right = [all(_is_number(row.get(name)) for row in rows) for name in names]

    def line(texts: Sequence[str]) -> str:
        padded = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(texts, widths, right, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    ends = ["-:" if number else "--" for number in right]
    ruler = ["-" * (width - 2) + end for width, end in zip(widths, ends, strict=True)]
    return "\n".join([line(cells[0]), line(ruler), *map(line, cells[1:])])


def save(name: str, told: Mapping[str, Any], rows: Sequence[Row], **more: object) -> Path:
    """Keep a run as bench/results/NAME.json, a line each: what `header` told, the rows, what plots need."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    members = {"run": told, "rows": rows, **more}
    lines = [f"{json.dumps(key)}: {json.dumps(members[key], default=str)}" for key in members]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return path


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the largest, by nearest rank; nothing where there are no values."""
    if not values:
        return {}
    ranked = sorted(values)
    last = len(ranked) - 1
    return {"p50": ranked[round(last * 0.5)], "p99": ranked[round(last * 0.99)], "max": ranked[last]}


def _module() -> str:
    path = Path(sys.argv[0])
    return f"{path.parent.name}.{path.stem}" if path.suffix == ".py" else path.name


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {what}" for name, what in value.items())
    return str(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
