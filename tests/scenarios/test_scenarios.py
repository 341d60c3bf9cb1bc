"""The policies' own scenarios: every one is a test."""

from pathlib import Path

import pytest

from cli.scenarios.comparing import recorded, side_by_side
from cli.scenarios.stage import Staged, stage
from cli.scenarios.verdict import lived

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "policies" / "scenarios").glob("*.txt"))
STAGED = [each for file in FILES for each in stage(file)]


def name(staged: Staged) -> str:
    return f"{Path(staged.scenario.place.file).stem}: {staged.scenario.title}"


@pytest.mark.parametrize("staged", STAGED, ids=name)
def test_the_scenario_holds(staged: Staged) -> None:
    verdict = lived(staged.play, staged.book())
    assert verdict.kept, "\n" + side_by_side(verdict, 150)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_recorded_holds(file: Path, tmp_path: Path) -> None:
    """A record is a file of the same language, and it says what happened."""
    text = "".join(recorded(lived(each.play, each.book())) + "\n" for each in stage(file))
    for folder in (each for each in file.parent.iterdir() if each.is_dir()):
        (tmp_path / folder.name).symlink_to(folder)  # what `also:` names lies beside the file
    again = tmp_path / "recorded.txt"
    again.write_text(text)
    for each in stage(again, file.parents[1]):
        verdict = lived(each.play, each.book())
        assert verdict.kept, "\n" + side_by_side(verdict, 150)
