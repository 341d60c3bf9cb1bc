"""The pages about policies and time do what they say: each example is read, checked and played.

A block of YAML adds to the policy so far: it replaces sections, of clocks and calendars those that it names.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.scenarios.comparing import side_by_side
from cli.scenarios.stage import stage
from cli.scenarios.verdict import lived
from shared.contracts.instant import parse
from shared.policy.policy import examine
from shared.policy.reading import Reading
from shared.policy.soundness import soundness_problems

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "policy-language.md", ROOT / "docs" / "time.md"]
BLOCK = re.compile(r"^```(yaml|scenario|yaml of \S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOW = parse("2026-02-01T00:00:00Z")
DIRECTORY = """\
people:
  asta: {name: Asta, channels: [console]}
  bo: {name: Bo, channels: [console]}
  mona: {name: Mona, channels: [console]}
teams:
  first-line: {manager: mona, shifts: [{name: always, hours: 24x7, people: [asta]}]}
  second-line: {manager: mona, shifts: [{name: always, hours: 24x7, people: [bo]}]}
customers: {}
"""


def entries(text: str, indent: str = "") -> dict[str, str]:
    """Name to text of the entries of a mapping in block style."""
    found = re.split(rf"^(?={indent}[\w-]+:)", text, flags=re.MULTILINE)
    return {part.strip().partition(":")[0]: part for part in found if part.strip()}


def grown(policy: str, more: str) -> str:
    sections = entries(policy)
    for name, text in entries(more).items():
        head, _, body = text.partition("\n")
        if name in ("clocks", "calendars") and name in sections and body:
            known = sections[name].partition("\n")[2]
            text = head + "\n" + "".join((entries(known, "  ") | entries(body, "  ")).values())  # noqa: PLW2901
        sections[name] = text
    return "".join(sections.values())


def examples(page: Path) -> Iterator[tuple[str, str, str]]:
    """(policy so far, kind, text) of each block."""
    policy = ""
    for kind, text in BLOCK.findall(page.read_text()):
        if kind == "yaml":
            policy = grown(policy, text)
        yield policy, kind, text


EXAMPLES = [
    pytest.param(*each, id=f"{page.stem}-{n}") for page in PAGES for n, each in enumerate(examples(page), 1)
]


@pytest.mark.parametrize(("policy", "kind", "text"), EXAMPLES)
def test_example(policy: str, kind: str, text: str, tmp_path: Path) -> None:
    match kind:
        case "yaml":
            reading = Reading("page.yaml")
            root = reading.compose(policy)
            assert [*reading.problems, *soundness_problems(examine(root, reading), root, NOW)] == []
            assert reading.problems == []
        case "scenario":
            name = re.search(r"^policy: (\S+)", policy, re.MULTILINE)
            assert name
            (tmp_path / f"{name[1]}.yaml").write_text(policy)
            (tmp_path / "directory.yaml").write_text(DIRECTORY)
            (tmp_path / "page.txt").write_text(f"policy: {name[1]}\n{text}")
            for each in stage(tmp_path / "page.txt"):
                verdict = lived(each.play, each.book())
                assert verdict.kept, "\n" + side_by_side(verdict, 150)
        case other:
            whole = (ROOT / "policies" / f"{other.split()[-1]}.yaml").read_text()
            assert bare(text) in bare(whole)


def bare(text: str) -> str:
    """Without comments."""
    return re.sub(r" *#.*$", "", text, flags=re.MULTILINE)
