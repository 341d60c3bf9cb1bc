"""The policies of a running system: every `*.yaml` of a directory, `directory.yaml` among them.

What is published lies in `published/` beside them, each version as `NAME@DATE.yaml`, with its SHA-256 in
`SHA256SUMS` (`sha256sum -c` reads it, too). A published version never changes and never goes away: cases are
pinned to it. Files outside are drafts; one of them may be the text of a published version, no other text is.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from shared.policy.book import PolicyBook
from shared.policy.checks import misfits
from shared.policy.directory import Directory
from shared.policy.directory_reading import read_directory
from shared.policy.policy import Policy, read_policy
from shared.policy.reading import PolicyProblems, Problem

DIRECTORY = "directory.yaml"
PUBLISHED = "published"
SUMS = "SHA256SUMS"


def load_policies(folder: Path) -> PolicyBook:
    """The book of all policies and the directory in a folder.

    Raises:
        PolicyProblems: everything that is wrong with any of the files, or none is there.
    """
    problems: list[Problem] = []
    policies: dict[str, Policy] = {}
    texts: dict[str, str] = {}
    directory = Directory()
    published = published_files(folder, problems)
    drafts = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not published and not any(file.name != DIRECTORY for file in drafts):
        problems.append(Problem(str(folder), 1, 1, "no policy is here", "put at least one .yaml file there"))
    for file in (*published, *drafts):
        try:
            text = file.read_text(encoding="utf-8")
            if file.name == DIRECTORY:
                directory = replace(read_directory(text, str(file)), digest=_digest([text]))
                continue
            policy = read_policy(text, str(file))
            if texts.setdefault(policy.version, text) == text:
                policies.setdefault(policy.version, policy)
            elif policies[policy.version].file in map(str, published):
                problems.append(changed(policy))
            else:
                other = policies[policy.version].file
                wrong = f"{policy.version} stands in {other}, too"
                problems.append(Problem(str(file), 1, 1, wrong, "keep one of them"))
        except UnicodeDecodeError as wrong:
            problems.append(Problem(str(file), 1, 1, f"not UTF-8 text: byte {wrong.start}"))
        except PolicyProblems as found:
            problems.extend(found.problems)
    if not problems:
        listed = list(policies.values())
        problems = [Problem(str(folder / DIRECTORY), 1, 1, wrong) for wrong in misfits(listed, directory)]
    if problems:
        raise PolicyProblems(problems)
    book = PolicyBook.of(policies.values(), directory)
    return replace(book, digest=_digest([directory.digest, *(texts[version] for version in sorted(texts))]))


def published_files(folder: Path, problems: list[Problem]) -> list[Path]:
    """The published versions that are as they were; what was changed, added or taken away is a problem."""
    kept = folder / PUBLISHED
    sums = read_sums(kept / SUMS)
    found = []
    for name, digest in sums.items():
        file = kept / name
        if not file.is_file():
            wrong = "this version was published, and its file is gone"
            problems.append(Problem(str(file), 1, 1, wrong, "bring it back: cases are pinned to it"))
        elif sha256(file.read_bytes()) != digest:
            wrong = "this version was published, and its file is not what was published"
            hint = "restore it; for other promises publish a version with a later effective date"
            problems.append(Problem(str(file), 1, 1, wrong, hint))
        else:
            found.append(file)
    for file in sorted(kept.glob("*.yaml")):
        if file.name not in sums:
            wrong = f"{SUMS} does not list this file"
            problems.append(Problem(str(file), 1, 1, wrong, "publish it with `tocsin policy publish`"))
    return found


def read_sums(file: Path) -> dict[str, str]:
    """File name to SHA-256; none where nothing has been published."""
    if not file.is_file():
        return {}
    lines = (line.split("  ", 1) for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name: digest for digest, name in lines}


def sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _digest(texts: Iterable[str]) -> str:
    """Tells what was decided under these texts from what was decided under others."""
    return sha256("\x1f".join(texts).encode())[:12]


def changed(policy: Policy) -> Problem:
    """A draft that says something else than the published version of the same name and date."""
    wrong = f"{policy.version} is published and cannot change"
    return Problem(policy.file, 1, 1, wrong, "give it a later effective date")
