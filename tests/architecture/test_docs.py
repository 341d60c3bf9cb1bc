"""The pages say what is."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))
FENCES = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def test_what_is_generated_is_fresh() -> None:
    stale = [page.name for page, text in GENERATE["pages"]().items() if page.read_text() != text]
    assert stale == [], "make diagrams"


def test_the_map_shows_every_topic_and_owner() -> None:
    drawn = GENERATE["diagram"]()
    for topic, owner in GENERATE["topics"].OWNERS.items():
        assert f"{owner} ==> {topic}\n" in drawn


def test_every_running_service_is_on_the_map() -> None:
    running = {main.parent.name for main in (ROOT / "services").glob("*/__main__.py")}
    assert running <= GENERATE["hears"]().keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = FENCES.sub("", page.read_text())
    paths = re.findall(
        r"`((?:bench|cli|deploy|docs|policies|requirements|services|shared|tests)/[\w./-]*)`", text
    )
    missing = [path for path in paths if not (ROOT / path).exists()]
    missing += [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (page.parent / link).exists()]
    assert missing == []


def test_make_targets_that_pages_name_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text()))
        assert named <= targets, f"{page.name} names {named - targets}"
