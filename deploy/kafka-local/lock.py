# ruff: noqa: INP001 - a script beside what it writes
"""Writes jars.sha256: run it after changing a version here, and read the difference before committing it."""

import hashlib
from pathlib import Path

import jgo

ENDPOINT = "org.apache.kafka:kafka_2.13:4.3.1+org.slf4j:slf4j-simple:1.7.36"


def main() -> None:
    lines = []
    for artifact in jgo.resolve(ENDPOINT):
        digest = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
        lines.append(f"{digest}  {artifact.groupId}:{artifact.artifactId}:{artifact.version}\n")
    Path(__file__).with_name("jars.sha256").write_text("".join(sorted(lines, key=lambda line: line[66:])))


if __name__ == "__main__":
    main()
