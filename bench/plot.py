"""Small line plots as SVG, light and dark, without a library."""

from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 28, 36
COLOURS = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#be185d", "#65a30d")
STYLE = """svg { font: 12px system-ui, sans-serif; background: #ffffff } text { fill: #1f2933 }
.grid { stroke: #d9dee3; stroke-width: 1 } .line { fill: none; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { svg { background: #14181d } text { fill: #e4e7eb }
.grid { stroke: #323a42 } }"""


def lines(title: str, x: str, curves: Mapping[str, Points], bar: float | None = None) -> str:
    """Curves over a common x; `bar` is drawn across."""
    points = [point for curve in curves.values() for point in curve]
    most_x = max((at for at, _ in points), default=1) or 1
    most_y = _round_up(max([value for _, value in points] + [bar or 0], default=1))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(at: float, value: float) -> str:
        return f"{LEFT + wide * at / most_x:.1f},{TOP + high * (1 - value / most_y):.1f}"

    drawn = [f'<text x="{LEFT}" y="18" font-weight="600">{escape(title)}</text>']
    for part in range(5):
        y = TOP + high * part / 4
        drawn.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + wide}" y2="{y:.1f}"/>')
        label = _short(most_y * (4 - part) / 4)
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        where = LEFT + wide * part / 4
        label = _short(most_x * part / 4)
        drawn.append(f'<text x="{where:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{label}</text>')
    drawn.append(f'<text x="{LEFT + wide}" y="{HEIGHT - 4}" text-anchor="end">{escape(x)}</text>')
    if bar is not None:
        across = f"{place(0, bar)} {place(most_x, bar)}"
        drawn.append(f'<polyline class="line" stroke="#9aa5b1" stroke-dasharray="5 4" points="{across}"/>')
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(place(at, value) for at, value in curve)
        drawn.append(f'<polyline class="line" stroke="{colour}" points="{path}"/>')
        y = TOP + 10 + 18 * number
        drawn.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 8}" width="10" height="10" fill="{colour}"/>')
        drawn.append(f'<text x="{WIDTH - RIGHT + 30}" y="{y + 1}">{escape(name)}</text>')
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([svg, f"<style>{STYLE}</style>", *drawn, "</svg>", ""])


def shares(values: Sequence[float]) -> Points:
    """How many per cent are at most so large: the curve of a distribution, with 200 points."""
    ranked = sorted(values)
    last = len(ranked) - 1
    return [(ranked[last * step // 200], step / 2) for step in range(201)] if ranked else []


def _round_up(value: float) -> float:
    if value <= 0:
        return 1.0
    unit = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    return next(unit * step for step in (1, 2, 2.5, 4, 5, 8, 10, 20) if unit * step >= value)


def _short(value: float) -> str:
    if value >= 1_000_000:
        return f"{value / 1_000_000:g} M"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
