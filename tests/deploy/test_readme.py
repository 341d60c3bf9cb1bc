"""The README promises what is there."""

import importlib
import re
from pathlib import Path

import pytest

from shared.ops.settings import PREFIX, ProcessSettings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("service", [path.parent.name for path in (ROOT / "services").glob("*/settings.py")])
def test_every_setting_is_explained(service: str) -> None:
    module = vars(importlib.import_module(f"services.{service}.settings"))
    fields = {
        f"`{PREFIX}{field.upper()}`"
        for kind in module.values()
        if isinstance(kind, type) and issubclass(kind, ProcessSettings)
        for field in kind.model_fields
    }
    assert {field for field in fields if field not in README} == set()


def test_every_explained_setting_is_read() -> None:
    settings = "".join(path.read_text() for path in ROOT.glob("s*/*/settings.py"))
    for variable in re.findall(rf"^\| `{PREFIX}(\w+)`", README, re.MULTILINE):
        assert re.search(rf"^    {variable.lower()}: ", settings, re.MULTILINE), variable


def test_the_commands_it_gives_are_there() -> None:
    targets = re.findall(r"^    make ([a-z-]+)", README, re.MULTILINE)
    assert {"run", "test"} <= set(targets)
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
