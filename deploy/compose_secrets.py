"""Passwords and keys for docker-compose.yml, made once: `python3 deploy/compose_secrets.py`.

They go to .tocsin/compose/. The folder is yours alone; the files in it may be read by anyone, since
the containers' users are not you.
"""

import secrets
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / ".tocsin" / "compose"
SERVICES = ("intake", "clock", "escalation", "notifier")
SERVER = "postgres:5432/tocsin"


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    PLACE.chmod(0o700)
    admin = kept("postgres_password", secrets.token_urlsafe(24))
    kept("admin_url", f"postgresql://postgres:{admin}@{SERVER}")
    for service in SERVICES:
        kept(f"{service}_url", f"postgresql://tocsin_{service}:{secrets.token_urlsafe(24)}@{SERVER}")
    kept("link_secret", secrets.token_urlsafe(32))
    print(f"Passwords and keys for compose are in {PLACE}")


def kept(name: str, value: str) -> str:
    """The secret `name`, which is `value` unless it was made before."""
    file = PLACE / name
    if not file.exists():
        file.write_text(value)
        file.chmod(0o444)
    return file.read_text()


if __name__ == "__main__":
    main()
