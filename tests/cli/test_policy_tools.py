"""What an owner sees, word by word: each transcript begins with a command and shows what it says.

`python -m tests.cli.test_policy_tools` writes them anew; read the difference before you keep it.
"""

import json
import shlex
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from cli.main import app
from shared.policy.reading import PolicyProblems
from shared.policyfiles import load_policies

HERE = Path(__file__).parent / "policies"
LOG = Path(__file__).parents[1] / "data" / "incidents.csv"
TRANSCRIPTS = sorted((HERE / "transcripts").glob("*.txt"))


def said(*command: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in command])
    assert result.exit_code == code, result.output
    return result.output


def played(transcript: Path) -> str:
    """The transcript as it is now."""
    command = transcript.read_text().splitlines()[0]
    result = CliRunner().invoke(app, shlex.split(command)[2:])
    lines = [line.rstrip() for line in result.output.splitlines()]
    return "\n".join([command, *lines, *([f"exit {result.exit_code}"] if result.exit_code else []), ""])


def test_a_shells_star_may_name_the_directory_too() -> None:
    """`policies/*.yaml` holds directory.yaml, which is read beside the policies and is none itself."""
    assert "7 policies: nothing is wrong" in said("policy", "check", *sorted(Path("policies").glob("*.yaml")))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda file: file.stem)
def test_transcript(transcript: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    assert played(transcript) == transcript.read_text()


def test_more_than_ten_mistakes_are_told_at_once_and_nothing_of_what_is_right() -> None:
    told = (HERE / "transcripts" / "check.txt").read_text().splitlines()[1:-2]
    assert len(told) >= 10
    assert all(line.startswith("broken.yaml:") for line in told)


def test_check_as_json_and_as_annotations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    first = json.loads(said("policy", "check", "broken.yaml", "--format", "json", code=1))[0]
    assert (first["file"], first["line"], first["column"]) == ("broken.yaml", 2, 12)
    assert first["hint"] == "write it as 2026-12-31"
    annotated = said("policy", "check", "broken.yaml", "--format", "github", code=1).splitlines()
    assert all(line.startswith("::error file=broken.yaml,line=") for line in annotated)
    assert any("75 %25" in line for line in annotated)


def test_a_file_that_is_no_yaml_or_not_there(tmp_path: Path) -> None:
    broken = tmp_path / "p.yaml"
    broken.write_text("policy: [p\n")
    assert f"{broken}:2:1: not YAML" in said("policy", "check", broken, code=1)
    assert "No such file" in said("policy", "show", tmp_path / "none.yaml", code=2)


def test_a_whole_folder_is_checked_together(tmp_path: Path) -> None:
    for name in ("acme.yaml", "directory.yaml"):
        shutil.copy(HERE / name, tmp_path)
    assert "1 policy: nothing is wrong" in said("policy", "check", tmp_path)
    directory = tmp_path / "directory.yaml"
    directory.write_text(directory.read_text().replace("South Ltd, policy: acme", "South Ltd, policy: acne"))
    told = said("policy", "check", tmp_path, code=1)
    assert "'south' has the policy 'acne': there is none (did you mean acme?)" in told


def test_the_holidays_are_those_of_the_package() -> None:
    assert said("calendar", "update") == "nothing changes\n"


def test_a_version_that_is_published_never_changes(tmp_path: Path) -> None:
    for name in ("acme.yaml", "directory.yaml"):
        shutil.copy(HERE / name, tmp_path)
    draft, kept = tmp_path / "acme.yaml", tmp_path / "published" / "acme@2026-01-01.yaml"
    assert "acme@2026-01-01 is published" in said("policy", "publish", draft)
    assert "published already" in said("policy", "publish", draft)
    assert [policy.file for policy in load_policies(tmp_path).versions()] == [str(kept)]

    text = draft.read_text()
    draft.write_text(text.replace("P1: 30 min", "P1: 20 min"))
    assert "cannot change" in said("policy", "publish", draft, code=1)
    with pytest.raises(PolicyProblems, match=r"acme@2026-01-01 is published and cannot change"):
        load_policies(tmp_path)

    draft.write_text(text.replace("2026-01-01", "2026-01-02"))
    assert "would have begun already" in said("policy", "publish", draft, code=1)
    draft.write_text(text.replace("2026-01-01", "2199-01-01"))
    said("policy", "publish", draft)
    versions = [policy.version for policy in load_policies(tmp_path).versions()]
    assert versions == ["acme@2026-01-01", "acme@2199-01-01"]

    stray = kept.with_name("acme@2030-01-01.yaml")
    stray.write_text(text.replace("2026-01-01", "2030-01-01"))
    with pytest.raises(PolicyProblems, match="SHA256SUMS does not list this file"):
        load_policies(tmp_path)
    stray.unlink()

    kept.write_text(kept.read_text().replace("P1: 30 min", "P1: 40 min"))
    with pytest.raises(PolicyProblems, match="its file is not what was published"):
        load_policies(tmp_path)
    kept.unlink()
    with pytest.raises(PolicyProblems, match="its file is gone"):
        load_policies(tmp_path)
    assert "its file is gone" in said("policy", "publish", draft, code=1)


def test_a_policy_with_problems_is_not_published(tmp_path: Path) -> None:
    shutil.copy(HERE / "broken.yaml", tmp_path)
    assert "is not published" in said("policy", "publish", tmp_path / "broken.yaml", code=1)
    assert not (tmp_path / "published").exists()


def test_both_policies_tell_the_same_story_as_each_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE)
    against = ("simulate", "--policies", "history", "--policy", "service-new.yaml", "--against", "service")
    said(*against, LOG, "--json", tmp_path / "both.json", "--chart", tmp_path / "chart.svg")
    said("simulate", "--policies", "history", "--policy", "service", LOG, "--json", tmp_path / "alone.json")
    both = json.loads((tmp_path / "both.json").read_text())
    alone = json.loads((tmp_path / "alone.json").read_text())
    for part in ("totals", "breaches", "weeks", "paged"):
        assert both["old"][part] == alone[part]
    assert both["new"]["totals"]["breaches"] == len(both["new"]["breaches"])
    assert sum(sum(week.values()) for week in both["new"]["weeks"].values()) == len(both["new"]["breaches"])
    assert sum(each["pages"] for each in both["new"]["paged"]) == both["new"]["totals"]["pages"]
    more, fewer = both["breached_only_under_new"], both["breached_only_under_old"]
    assert more
    assert len(both["old"]["breaches"]) + len(more) - len(fewer) == len(both["new"]["breaches"])
    bars = ET.parse(tmp_path / "chart.svg").getroot().iter("{http://www.w3.org/2000/svg}title")
    drawn = sum(int(str(bar.text).rpartition(": ")[2]) for bar in bars)
    assert drawn == len(both["old"]["breaches"]) + len(both["new"]["breaches"])


if __name__ == "__main__":
    import os

    os.chdir(HERE)
    for file in TRANSCRIPTS:
        file.write_text(played(file))
