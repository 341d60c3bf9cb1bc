"""The policies of a running system: every `*.yaml` of a directory, `directory.yaml` among them."""

from pathlib import Path

from shared.policy.book import PolicyBook
from shared.policy.checks import misfits
from shared.policy.directory import Directory
from shared.policy.directory_reading import read_directory
from shared.policy.policy import Policy, read_policy
from shared.policy.reading import PolicyProblems, Problem

DIRECTORY = "directory.yaml"


def load_policies(folder: Path) -> PolicyBook:
    """The book of all policies and the directory in a folder.

    Raises:
        PolicyProblems: everything that is wrong with any of the files, or none is there.
    """
    problems: list[Problem] = []
    policies: list[Policy] = []
    directory = Directory()
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not any(file.name != DIRECTORY for file in files):
        problems.append(Problem(str(folder), 1, 1, "no policy is here", "put at least one .yaml file there"))
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            if file.name == DIRECTORY:
                directory = read_directory(text, str(file))
            else:
                policies.append(read_policy(text, str(file)))
        except UnicodeDecodeError as wrong:
            problems.append(Problem(str(file), 1, 1, f"not UTF-8 text: byte {wrong.start}"))
        except PolicyProblems as found:
            problems.extend(found.problems)
    if not problems:
        problems = [Problem(str(folder / DIRECTORY), 1, 1, wrong) for wrong in misfits(policies, directory)]
    if problems:
        raise PolicyProblems(problems)
    return PolicyBook.of(policies, directory)
