"""What is to run, and where. All that it keeps is in one directory; secrets there are for the owner alone."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cli.provisioning import SERVICES
from shared.ops.supervisor import Child, python

POLICIES = Path(__file__).parents[2] / "policies"


@dataclass(frozen=True, slots=True)
class Plan:
    """`kafka` names a broker to use; empty with the wire kafka means one of our own."""

    home: Path
    wire: Literal["postgres", "kafka"] = "postgres"
    kafka: str = ""
    clock: str = ""
    """As TOCSIN_CLOCK: empty is real time."""
    policies: Path = POLICIES
    ports: Mapping[str, int] = field(default_factory=lambda: ports_from(8080))
    partitions: int = 8
    environment: Mapping[str, str] = field(default_factory=dict)
    """More settings for every service."""
    keep: bool = True
    """Whether what the servers stored is there at the next start."""

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    def passwords(self) -> dict[str, str]:
        """The services' database passwords, made at the first start."""
        made = {name: secrets.token_urlsafe(24) for name in SERVICES}
        kept: dict[str, str] = json.loads(self.secret("passwords", lambda: json.dumps(made)))
        return kept

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """The secret in a file of that name, made where there is none."""
        path = self.home / name
        if not path.exists():
            keep_secret(path, make())
        return path.read_text(encoding="utf-8")

    def children(self, urls: Mapping[str, str], kafka: str) -> list[Child]:
        """The four services, with everything that they need to know."""
        common = {
            "TOCSIN_WIRE": self.wire,
            "TOCSIN_KAFKA": kafka,
            "TOCSIN_PARTITIONS": str(self.partitions),
            "TOCSIN_POLICIES": str(self.policies.absolute()),
            "TOCSIN_CLOCK": self.clock,
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }
        own = {
            "notifier": {
                "TOCSIN_LINK_SECRET": self.secret("link-secret", secrets.token_hex),
                "TOCSIN_LINK_BASE": self.url("notifier"),
                # Without a mail server, mail is shown: the environment may name one.
                "TOCSIN_SMTP": self.environment.get("TOCSIN_SMTP", os.environ.get("TOCSIN_SMTP", "console")),
            }
        }
        return [
            Child(
                name,
                python(f"services.{name}"),
                common
                | {"TOCSIN_DATABASE_URL": urls[name], "TOCSIN_LISTEN": f"127.0.0.1:{self.ports[name]}"}
                | own.get(name, {}),
            )
            for name in SERVICES
        ]


def ports_from(first: int) -> dict[str, int]:
    """Four in a row: intake, clock, escalation, notifier."""
    return {name: first + place for place, name in enumerate(SERVICES)}


def keep_secret(path: Path, value: str) -> None:
    """Write a file that only its owner can read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(value, encoding="utf-8")
