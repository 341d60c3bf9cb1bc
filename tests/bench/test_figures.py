"""The page of figures is what the kept runs say."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import figures, plot
from bench.sampling import slope
from bench.scaling import BUSY, needs


@pytest.mark.parametrize("page", [figures.PAGE, figures.SCALING])
def test_the_page_is_fresh(page: Path) -> None:
    text, plots = figures.written(page.read_text())
    assert text == page.read_text(), "python -m bench.figures"
    stale = [name for name, svg in plots.items() if (figures.PLOTS / name).read_text() != svg]
    assert stale == [], "python -m bench.figures"


def test_every_part_of_the_page_is_known() -> None:
    pages = figures.PAGE.read_text() + figures.SCALING.read_text()
    named = {part[1] for part in figures.PART.findall(pages)}
    assert named == figures.WRITERS.keys() | {"summary"}


def test_a_plot_is_xml_whatever_the_values() -> None:
    for curve in ([], [(0.0, 0.0)], [(0.0, 0.004), (1.0, 0.002)], [(0.0, 1.0), (600.0, 123_456.0)]):
        drawn = ET.fromstring(plot.lines("a < b", "seconds", {"one & two": curve}, bar=3))
        assert drawn.tag.endswith("svg")


def test_a_trend_is_the_slope_of_its_points() -> None:
    assert slope([(0, 5), (1, 7), (2, 9)]) == 2
    assert slope([(0, 5)]) == 0


def test_what_is_needed_grows_with_the_rate() -> None:
    who = ("intake", "clock", "escalation", "notifier", "PostgreSQL", "Kafka")
    rows = needs([{"process": one, "µs an event": 100 * number} for number, one in enumerate(who, 1)])
    assert rows[-1]["events/s"] == 1_000_000
    assert rows[-1]["clock processes"] == -(-200 // BUSY)
    assert rows[-1]["partitions at least"] == rows[-1]["notifier processes"]
