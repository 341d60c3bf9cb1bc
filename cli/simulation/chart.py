"""Breaches by week as an SVG: a panel for each severity, the old policy in grey beside the new. Pure."""

from collections.abc import Iterator, Sequence
from html import escape

from cli.simulation.against import Lived
from cli.simulation.history import weeks_between

WIDTH, PANEL, LEFT, TOP, GAP = 960, 96, 88, 64, 34
"""In pixels: the whole, the height of a panel, and the space around panels."""

_STYLE = """\
svg { font: 12px system-ui, sans-serif; fill: #1f2933; background: #ffffff }
.axis { stroke: #9aa5b1; stroke-width: 1 } .faint { fill: #616e7c }
.title { font-size: 15px; font-weight: 600 } .old { fill: #b8c1cc } .new { fill: #2563a8 }
@media (prefers-color-scheme: dark) {
  svg { fill: #e4e7eb; background: #14181d } .faint { fill: #9aa5b1 }
  .old { fill: #52606d } .new { fill: #6aa9f0 }
}"""


def chart(new: Lived, old: Lived | None = None) -> str:
    """The text of an SVG file."""
    among = [lived for lived in (old, new) if lived is not None]
    every = [key for lived in among for key in lived.history.weeks]
    severities = [severity for severity in new.severities if any(severity == of for _, of in every)]
    weeks = weeks_between(min(every)[0], max(every)[0]) if every else []
    height = TOP + max(1, len(severities)) * (PANEL + GAP) + 24
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">Breaches by week</text>',
        *_legend(among),
    ]
    for number, severity in enumerate(severities):
        lines += _panel(severity, TOP + number * (PANEL + GAP), weeks, among)
    if not severities:
        lines.append(f'<text x="{LEFT}" y="{TOP + 20}">None.</text>')
    lines += _dates(weeks, height - 14)
    return "\n".join([*lines, "</svg>", ""])


def _legend(among: Sequence[Lived]) -> Iterator[str]:
    at = LEFT
    for lived in among:
        kind = _kind(lived, among)
        yield f'<rect class="{kind}" x="{at}" y="36" width="10" height="10"/>'
        yield f'<text x="{at + 15}" y="45">{escape(lived.policy)}: {len(lived.history.breaches):,}</text>'
        at += 60 + 7 * len(f"{lived.policy}: {len(lived.history.breaches):,}")


def _panel(severity: str, top: int, weeks: Sequence[str], among: Sequence[Lived]) -> Iterator[str]:
    bottom = top + PANEL
    most = max(lived.history.weeks[week, severity] for lived in among for week in weeks)
    step = (WIDTH - LEFT - 20) / len(weeks)
    wide = max(1.0, (step - 2) / len(among))
    yield f'<text x="{LEFT - 8}" y="{top + PANEL // 2}" text-anchor="end">{escape(severity)}</text>'
    yield f'<text class="faint" x="{LEFT - 8}" y="{top + 9}" text-anchor="end">{most}</text>'
    yield f'<text class="faint" x="{LEFT - 8}" y="{bottom}" text-anchor="end">0</text>'
    yield f'<line class="axis" x1="{LEFT}" y1="{bottom + 0.5}" x2="{WIDTH - 20}" y2="{bottom + 0.5}"/>'
    for at, week in enumerate(weeks):
        for number, lived in enumerate(among):
            count = lived.history.weeks[week, severity]
            if count:
                tall = count / most * (PANEL - 2)
                yield (
                    f'<rect class="{_kind(lived, among)}" x="{LEFT + at * step + number * wide:.1f}" '
                    f'y="{bottom - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}">'
                    f"<title>{escape(f'{lived.policy}, {severity}, week of {week}: {count}')}</title></rect>"
                )


def _dates(weeks: Sequence[str], y: int) -> Iterator[str]:
    """As many dates as there is room for."""
    step = (WIDTH - LEFT - 20) / max(1, len(weeks))
    every = max(1, -(-80 // max(1, int(step))))
    for at in range(0, len(weeks), every):
        if LEFT + at * step > WIDTH - 70:
            return
        yield f'<text class="faint" x="{LEFT + at * step:.1f}" y="{y}">{weeks[at]}</text>'


def _kind(lived: Lived, among: Sequence[Lived]) -> str:
    return "new" if lived is among[-1] else "old"
