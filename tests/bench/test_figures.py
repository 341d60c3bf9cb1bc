"""The page of figures is what the kept runs say."""

import xml.etree.ElementTree as ET

from bench import figures, plot
from bench.sampling import slope


def test_the_page_is_fresh() -> None:
    text, plots = figures.written(figures.PAGE.read_text())
    assert text == figures.PAGE.read_text(), "python -m bench.figures"
    stale = [name for name, svg in plots.items() if (figures.PLOTS / name).read_text() != svg]
    assert stale == [], "python -m bench.figures"


def test_every_part_of_the_page_is_known() -> None:
    named = {part[1] for part in figures.PART.findall(figures.PAGE.read_text())}
    assert named == figures.WRITERS.keys() | {"summary"}


def test_a_plot_is_xml_whatever_the_values() -> None:
    for curve in ([], [(0.0, 0.0)], [(0.0, 0.004), (1.0, 0.002)], [(0.0, 1.0), (600.0, 123_456.0)]):
        drawn = ET.fromstring(plot.lines("a < b", "seconds", {"one & two": curve}, bar=3))
        assert drawn.tag.endswith("svg")


def test_a_trend_is_the_slope_of_its_points() -> None:
    assert slope([(0, 5), (1, 7), (2, 9)]) == 2
    assert slope([(0, 5)]) == 0
