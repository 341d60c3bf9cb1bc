"""The environment, and what is said about it when it is wrong."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from shared.ops.settings import BadSettings, ProcessSettings

URL = "postgresql://tocsin_clock:hush@127.0.0.1:5432/tocsin"


class NotifierSettings(ProcessSettings):
    model_config = SettingsConfigDict()

    listen: str = "127.0.0.1:8083"
    link_secret: SecretStr | None = None


@pytest.fixture(autouse=True)
def database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", URL)


def test_a_service_adds_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_WIRE", "kafka")
    monkeypatch.setenv("TOCSIN_LINK_SECRET", "whisper")
    settings = NotifierSettings.read()
    assert settings.database_url.get_secret_value() == URL
    assert (settings.wire, settings.partitions, settings.listen) == ("kafka", 8, "127.0.0.1:8083")
    assert settings.link_secret is not None
    assert settings.link_secret.get_secret_value() == "whisper"
    assert "whisper" not in repr(settings)
    assert "hush" not in repr(settings)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(URL + "\n")
    monkeypatch.delenv("TOCSIN_DATABASE_URL")
    monkeypatch.setenv("TOCSIN_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert ProcessSettings.read().database_url.get_secret_value() == URL


def test_every_problem_is_named_at_once_and_no_secret_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "mysql://root:hush@127.0.0.1/tocsin")
    monkeypatch.setenv("TOCSIN_WIRE", "carrier-pigeon")
    monkeypatch.setenv("TOCSIN_PARTITIONS", "0")
    monkeypatch.setenv("TOCSIN_CLOCK", "fast")
    monkeypatch.setenv("TOCSIN_LISTEN", "8080")
    with pytest.raises(BadSettings) as refused:
        ProcessSettings.read()
    said = str(refused.value).splitlines()
    assert said[0] == "TOCSIN_DATABASE_URL: write postgresql://user:password@host:port/database"
    assert said[1] == "TOCSIN_WIRE: Input should be 'postgres' or 'kafka'"
    assert said[2] == "TOCSIN_PARTITIONS: Input should be greater than or equal to 1"
    assert said[3].startswith("TOCSIN_CLOCK: 'fast' is no clock")
    assert said[4] == "TOCSIN_LISTEN: write host:port, for example 127.0.0.1:8080"
    assert "hush" not in str(refused.value)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOCSIN_DATABASE_URL")
    with pytest.raises(BadSettings, match=r"^TOCSIN_DATABASE_URL is not set$"):
        ProcessSettings.read()


def test_a_secret_said_twice_or_in_a_file_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL_FILE", str(tmp_path / "missing"))
    with pytest.raises(BadSettings, match="not both"):
        ProcessSettings.read()
    monkeypatch.delenv("TOCSIN_DATABASE_URL")
    with pytest.raises(BadSettings, match=r"TOCSIN_DATABASE_URL_FILE: cannot read .*missing: No such file"):
        ProcessSettings.read()
