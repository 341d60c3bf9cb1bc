"""A verdict for people: expected and happened side by side, with the line of the file."""

from textwrap import wrap

from cli.scenarios.times import shown
from cli.scenarios.verdict import Row, Verdict

_NARROWEST = 100
_MARGIN = 23


def side_by_side(verdict: Verdict, width: int) -> str:
    """The whole timeline; `≠` marks where the two sides differ."""
    scenario = verdict.play.scenario
    half = (max(width, _NARROWEST) - 40) // 2
    title = f"{scenario.place.file}:{scenario.place.line}: {scenario.title}"
    lines = [title, f"  {'line':>5}  {'':27}{'expected':{half}}   happened"]
    before = ""
    for row in verdict.rows:
        time = shown(row.at, verdict.play.where)
        lines += _row(row, time if time != before else "", half)
        before = time
    return "\n".join([*lines, ""])


def recorded(verdict: Verdict) -> str:
    """The scenario as it happened, in the words of a file: to be judged, and kept where it is right."""
    scenario = verdict.play.scenario
    lines = ["", f"scenario: {scenario.title}"]
    lines += [f"  {name}: {text.words}" for name, text in scenario.headers.items()]
    before, day = "", ""
    for row in verdict.rows:
        if row.happened == "–":
            continue
        time = shown(row.at, verdict.play.where)
        _, date, clock = time.split()
        dated = "" if time == before else clock if date == day else time
        if row.place or not row.agrees:
            lines.append(f"  {dated:{_MARGIN}} {row.happened}")
            before, day = time, date
    return "\n".join(lines)


def _row(row: Row, time: str, half: int) -> list[str]:
    left, right = wrap(row.expected, half) or [""], wrap(row.happened, half) or [""]
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    told = []
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        line, mark = (
            (str(row.place.line if row.place else ""), " " if row.agrees else "≠")
            if number == 0
            else ("", " ")
        )
        told.append(f"  {line:>5}  {time if number == 0 else '':27}{one:{half}} {mark} {other}".rstrip())
    return told
