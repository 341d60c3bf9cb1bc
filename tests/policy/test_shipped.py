"""The policies that come with the product can be read."""

from pathlib import Path

import pytest

from shared.policy.reading import PolicyProblems
from shared.policyfiles import load_policies


def test_the_shipped_policies_are_right() -> None:
    book = load_policies(Path("policies"))
    assert {"demo", "servicenow"} <= {policy.name for policy in book.versions()}
    for customer in book.directory.customers.values():
        assert book.for_customer(customer.id, 0)


def test_all_files_report_their_problems_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("policy: a")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    with pytest.raises(PolicyProblems) as found:
        load_policies(tmp_path)
    assert {Path(problem.file).name for problem in found.value.problems} == {"a.yaml", "b.yaml"}


def test_a_folder_without_policies_says_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyProblems, match="no policy is here"):
        load_policies(tmp_path / "nowhere")


def test_a_directory_that_does_not_fit_the_policies_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text(Path("policies/demo.yaml").read_text())
    directory = Path("policies/directory.yaml").read_text().replace("policy: demo", "policy: dmeo")
    (tmp_path / "directory.yaml").write_text(directory.replace("second-line:", "2nd-line:"))
    with pytest.raises(PolicyProblems) as found:
        load_policies(tmp_path)
    said = str(found.value)
    assert "has the policy 'dmeo': there is none (did you mean demo?)" in said
    assert "Tier 2 is worked by 'second-line': no such team (did you mean 2nd-line?)" in said
