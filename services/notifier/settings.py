"""What the notifier reads from the environment, beside what every process does."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from services.notifier.domain.signing import Endpoint, read_secret
from shared.ops.settings import Address, ProcessSettings


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    secrets: Annotated[list[str], Field(min_length=1)]


_ENDPOINTS = TypeAdapter(dict[str, _Named])


def _link_secrets(value: SecretStr) -> SecretStr:
    secrets = value.get_secret_value().split()
    if not secrets or any(len(secret) < 32 for secret in secrets):
        raise ValueError("one secret of 32 characters or more, or several separated by spaces, newest first")
    return value


def _webhook_secrets(value: SecretStr | None) -> SecretStr | None:
    for secret in value.get_secret_value().split() if value else ():
        read_secret(secret)
    return value


def _endpoints(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        read_endpoints(value.get_secret_value())
    return value


def read_endpoints(text: str) -> dict[str, Endpoint]:
    """Named webhooks: `name: {url: …, secrets: [whsec_…]}`, as YAML.

    Raises:
        ValueError: what is wrong; never with a secret in it.
    """
    try:
        named = _ENDPOINTS.validate_python(yaml.safe_load(text) or {})
    except (yaml.YAMLError, ValidationError):
        raise ValueError("write name: {url: https://…, secrets: [whsec_…]} for each webhook") from None
    return {
        name: Endpoint(one.url, tuple(read_secret(secret) for secret in one.secrets))
        for name, one in named.items()
    }


_ROUTING_KEYS = TypeAdapter(dict[str, Annotated[str, Field(pattern=r"^\S{32}$")]])


def _routing_keys(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        read_routing_keys(value.get_secret_value())
    return value


def read_routing_keys(text: str) -> dict[str, str]:
    """Routing keys of PagerDuty's integrations, by name, as YAML.

    Raises:
        ValueError: what is wrong; never with a key in it.
    """
    try:
        return _ROUTING_KEYS.validate_python(yaml.safe_load(text) or {})
    except (yaml.YAMLError, ValidationError):
        raise ValueError(
            'write name: "the integration key, 32 characters" for each integration (Events API v2)'
        ) from None


class NotifierSettings(ProcessSettings):
    listen: Address = "127.0.0.1:8083"
    link_base: str = Field(default="http://127.0.0.1:8083", pattern=r"^https?://\S+$")
    """Where people reach this service: acknowledge links begin with it."""
    link_secret: Annotated[SecretStr, AfterValidator(_link_secrets)]
    """Signs acknowledge links; several, separated by spaces, while one is being replaced."""

    console_file: Path | None = None
    """The console channel's lines are also appended to it."""

    smtp: str = Field(default="", pattern=r"^(console|\S+:\d+)?$")
    """host:port of the mail server; `console` shows mail instead of sending it; empty: there is no mail."""
    smtp_tls: bool = False
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = Field(default="tocsin@localhost", pattern=r"^\S+@\S+$")

    webhook_secret: Annotated[SecretStr | None, AfterValidator(_webhook_secrets)] = None
    """`whsec_…`, several separated by spaces during a rotation: signs for the directory's URLs."""
    webhooks: Annotated[SecretStr | None, AfterValidator(_endpoints)] = None
    """Named webhooks with secrets of their own, as YAML; best as TOCSIN_WEBHOOKS_FILE."""
    webhook_allow: str = ""
    """Hosts and networks, separated by commas, that requests may go to though they are not public."""

    pagerduty_keys: Annotated[SecretStr | None, AfterValidator(_routing_keys)] = None
    """Routing keys by the names that the directory calls them, as YAML; best in a file."""
    pagerduty_url: str = Field(default="https://events.pagerduty.com", pattern=r"^https?://[^\s?#]+$")

    def link_secrets(self) -> tuple[bytes, ...]:
        return tuple(secret.encode() for secret in self.link_secret.get_secret_value().split())

    def webhook_keys(self) -> tuple[bytes, ...]:
        text = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
        return tuple(read_secret(secret) for secret in text.split())

    def endpoints(self) -> dict[str, Endpoint]:
        return read_endpoints(self.webhooks.get_secret_value()) if self.webhooks else {}

    def routing_keys(self) -> dict[str, str]:
        return read_routing_keys(self.pagerduty_keys.get_secret_value()) if self.pagerduty_keys else {}

    def allowed(self) -> list[str]:
        return [entry.strip() for entry in self.webhook_allow.split(",") if entry.strip()]
