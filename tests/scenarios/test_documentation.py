"""The examples of docs/scenarios.md do what the page says."""

import re
from pathlib import Path

import pytest

from cli.scenarios.comparing import side_by_side
from cli.scenarios.stage import stage
from cli.scenarios.verdict import lived
from shared.policy.reading import PolicyProblems

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policy, directory = blocks("yaml")
    (tmp_path / "example.yaml").write_text(policy)
    (tmp_path / "directory.yaml").write_text(directory)
    return tmp_path


@pytest.mark.parametrize("example", blocks("scenario"))
def test_an_example_holds(example: str, folder: Path) -> None:
    file = folder / "example.txt"
    file.write_text(example)
    for each in stage(file):
        verdict = lived(each.play, each.book())
        assert verdict.kept, "\n" + side_by_side(verdict, 150)


def test_mistakes_are_told_as_the_page_shows_them(folder: Path) -> None:
    file = folder / "example.txt"
    (text,), (told,) = blocks("mistakes"), blocks("told")
    file.write_text(text)
    with pytest.raises(PolicyProblems) as wrong:
        stage(file)
    assert [str(problem).removeprefix(f"{file}:") for problem in wrong.value.problems] == told.splitlines()
