"""The notifier's settings: what they read, and how they refuse."""

from pathlib import Path

import pytest

from services.notifier.settings import NotifierSettings
from services.notifier.wiring import mail_server
from shared.ops.settings import BadSettings

SECRET = "whsec_" + "bmV3" * 12


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://u:p@h:1/d")
    monkeypatch.setenv("TOCSIN_LINK_SECRET", "l" * 32)


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hooks").write_text(f"ops: {{url: https://hooks.example/x, secrets: [{SECRET}]}}\n")
    (tmp_path / "secret").write_text(f"{SECRET} {SECRET}\n")
    (tmp_path / "link").write_text("n" * 32 + " " + "o" * 32)
    monkeypatch.delenv("TOCSIN_LINK_SECRET")
    monkeypatch.setenv("TOCSIN_LINK_SECRET_FILE", str(tmp_path / "link"))
    monkeypatch.setenv("TOCSIN_WEBHOOKS_FILE", str(tmp_path / "hooks"))
    (tmp_path / "keys").write_text(f"ops: {'k' * 32}\nnight: '{'0' * 32}'\n")
    monkeypatch.setenv("TOCSIN_PAGERDUTY_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("TOCSIN_WEBHOOK_SECRET_FILE", str(tmp_path / "secret"))
    settings = NotifierSettings.read()
    assert settings.link_secrets() == (b"n" * 32, b"o" * 32)
    assert len(settings.webhook_keys()) == 2
    assert settings.endpoints()["ops"].url == "https://hooks.example/x"
    assert settings.routing_keys() == {"ops": "k" * 32, "night": "0" * 32}
    assert "k" * 32 not in repr(settings)
    assert mail_server(settings) is None


def test_a_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_SMTP", "mail.example:587")
    monkeypatch.setenv("TOCSIN_SMTP_USER", "u")
    monkeypatch.setenv("TOCSIN_SMTP_PASSWORD", "p")
    server = mail_server(NotifierSettings.read())
    assert server is not None
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 587, "u", "p")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TOCSIN_LINK_SECRET", "short"),
        ("TOCSIN_WEBHOOK_SECRET", "hunter2hunter2"),
        ("TOCSIN_WEBHOOKS", "ops: hunter2hunter2"),
        ("TOCSIN_PAGERDUTY_KEYS", "ops: hunter2hunter2"),
        ("TOCSIN_PAGERDUTY_KEYS", "hunter2hunter2"),
        ("TOCSIN_PAGERDUTY_URL", "events.pagerduty.com"),
        ("TOCSIN_SMTP", "mail.example"),
        ("TOCSIN_LINK_BASE", "tocsin.example"),
    ],
)
def test_what_cannot_be_used_is_named_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings, match=variable) as refused:
        NotifierSettings.read()
    assert "hunter2" not in str(refused.value)
