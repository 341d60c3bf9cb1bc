"""The environment, read once into a frozen model that each service extends.

Every variable is `TOCSIN_<NAME>`. A secret may stand in a file instead, named by `TOCSIN_<NAME>_FILE`.
"""

import os
import socket
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from shared.ops.clock import parse_clock

PREFIX = "TOCSIN_"


class BadSettings(ValueError):
    """Settings that cannot be used: every problem, each with its variable and what is allowed."""


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) < 65536):
        raise ValueError("write host:port, for example 127.0.0.1:8080")
    return text


def _postgres(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith("postgresql://"):
        raise ValueError("write postgresql://user:password@host:port/database")
    return url


def _clock(text: str) -> str:
    parse_clock(text)
    return text


Address = Annotated[str, AfterValidator(_address)]
"""host:port."""


class ProcessSettings(BaseSettings):
    """What every service's process reads. A service subclasses it and adds what is its own."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: Annotated[SecretStr, AfterValidator(_postgres)]
    wire: Literal["postgres", "kafka"] = "postgres"
    kafka: str = "127.0.0.1:9092"
    """Bootstrap addresses, host:port[,host:port…]; read where the wire is Kafka."""
    topic_prefix: str = Field(default="tocsin.", pattern=r"[A-Za-z0-9._-]{0,100}")
    """Begins the name of every topic on Kafka: two systems may share a cluster."""
    partitions: int = Field(default=8, ge=1, le=1024)
    """The same number on all topics, for ever: the database remembers it."""
    policies: Path = Path("policies")
    clock: Annotated[str, AfterValidator(_clock)] = ""
    listen: Address = "127.0.0.1:8080"
    log: Literal["console", "json"] = "console"
    instance: str = Field(default_factory=socket.gethostname, min_length=1)
    """Names this replica among its like; one that keeps its name comes back faster after a restart."""

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises:
            BadSettings: something is missing or not allowed.
        """
        try:
            return cls()
        except ValidationError as wrong:
            lines = [_explain(error) for error in wrong.errors()]
        raise BadSettings("\n".join(lines))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _SecretFiles(settings_cls), env_settings


class _SecretFiles(PydanticBaseSettingsSource):
    """`TOCSIN_<NAME>_FILE` for every secret; refuses to choose where the plain variable is there as well."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if path is None or not _is_secret(field):
            return None, field_name, False
        if variable in os.environ:
            raise BadSettings(f"{variable}, {variable}_FILE: set one of the two, not both")
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as why:
            raise BadSettings(f"{variable}_FILE: cannot read {path}: {why.strerror}") from None

    def __call__(self) -> dict[str, Any]:
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr or field.annotation == SecretStr | None


def _explain(error: Any) -> str:
    variable = PREFIX + "_".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "missing":
        return f"{variable} is not set"
    return f"{variable}: {error['msg'].removeprefix('Value error, ')}"
