"""`python -m tests.conformance FILES…`: exit 1 when a case that must agree does not."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.conformance import business_time, timelines
from tests.conformance.verdict import Verdict, report

DEFAULT = Path(__file__).parents[3] / "shared" / "vectors"


def judged(file: Path) -> list[Verdict]:
    """Every case of one file of either format, told apart by its own top level."""
    said = json.loads(file.read_text("utf-8"))
    if "vectors" in said:
        return [_verdict(business_time.judge, case) for case in said["vectors"]]
    if "cases" in said:
        return [_verdict(timelines.judge, case) for case in said["cases"]]
    raise SystemExit(f"{file}: neither format: no 'vectors' and no 'cases' at its top level")


def _verdict(judge: Callable[[Mapping[str, Any]], Verdict], case: Mapping[str, Any]) -> Verdict:
    """A case that is not written as the format says fails by itself, and the others are still asked."""
    try:
        return judge(case)
    except (LookupError, TypeError, ValueError) as wrong:
        reason = f"{type(wrong).__name__}: {wrong}"
        return Verdict("unreadable", str(case.get("id")), str(case.get("kind")), "cannot be asked", reason)


def main(arguments: list[str]) -> int:
    """Print the summary per source; the exit status."""
    files = [Path(name) for name in arguments] or sorted(DEFAULT.glob("*.json"))
    if not files:
        print(f"no files: name some, or put them in {DEFAULT}")
        return 1
    failed = False
    for file in files:
        verdicts = judged(file)
        print(f"== {file.name}\n{report(verdicts)}\n")
        failed |= any(verdict.fails for verdict in verdicts)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
