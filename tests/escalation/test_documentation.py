"""What docs/escalation.md shows is true: its files are read, its timelines are played."""

import re
from pathlib import Path

import pytest

from shared.policy.directory_reading import read_directory
from tests.escalation.timeline import HERE, play

PAGE = Path("docs/escalation.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("timeline", blocks("timeline"))
def test_its_timelines(timeline: str) -> None:
    play(timeline)


def test_its_sections_are_those_of_the_timelines_policy() -> None:
    policy = (HERE / "policy.yaml").read_text()
    assert len(blocks("yaml")) == 2
    assert all(block in policy for block in blocks("yaml"))


def test_its_directory() -> None:
    [text] = blocks("directory")
    directory = read_directory(text, "directory.yaml")
    assert list(directory.customers) == ["acme"]
