"""docker-compose.yml, as far as it can be checked without an engine."""

import importlib
import re
import runpy
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.ops.settings import PREFIX, ProcessSettings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "tocsin"}

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
every_one_of_ours = pytest.mark.parametrize("service", OURS.values(), ids=OURS.keys())


def test_all_four_are_there_and_what_they_need() -> None:
    assert {"intake", "clock", "escalation", "notifier", "provision"} == OURS.keys()
    assert {"kafka", "postgres", "prometheus", "mail"} == SERVICES.keys() - OURS.keys()


@every_service
def test_images_are_pinned(service: dict[str, Any]) -> None:
    assert service["image"] == "tocsin" or re.search(r":v?\d+(\.\d+)*$", service["image"])


@every_service
def test_ports_are_published_on_loopback_alone(service: dict[str, Any]) -> None:
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")


@every_service
def test_health_is_checked(service: dict[str, Any]) -> None:
    if service["image"] == "tocsin":
        return  # the image's own check
    assert service["healthcheck"]["test"][0] == "CMD"


@every_one_of_ours
def test_ours_can_do_nothing_but_their_work(service: dict[str, Any]) -> None:
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@every_one_of_ours
def test_what_ours_run_is_there(service: dict[str, Any]) -> None:
    command = service["command"]
    if command[0] == "tocsin":
        assert "tocsin = " in (ROOT / "pyproject.toml").read_text()
    else:
        assert command[:2] == ["python", "-m"]
        assert (ROOT / command[2].replace(".", "/") / "__main__.py").exists()


def test_starts_wait_for_what_they_need() -> None:
    for name, service in OURS.items():
        for needed, waits in service["depends_on"].items():
            assert waits["condition"] in ("service_healthy", "service_completed_successfully")
            if waits["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], f"{name} waits for {needed}, which tells no health"


def test_secrets_are_files_that_one_command_makes(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "compose_secrets.py"
    script.write_text((ROOT / "deploy" / "compose_secrets.py").read_text())
    runpy.run_path(str(script), run_name="__main__")

    made = tmp_path / ".tocsin" / "compose"
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    for name, secret in COMPOSE["secrets"].items():
        assert (tmp_path / secret["file"]).read_text(), name
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == COMPOSE["secrets"].keys() == {path.name for path in made.iterdir()}

    before = {path.name: path.read_text() for path in made.iterdir()}
    runpy.run_path(str(script), run_name="__main__")
    assert {path.name: path.read_text() for path in made.iterdir()} == before


def settings_of(service: str) -> type[ProcessSettings]:
    """The one settings class that a service's settings module defines."""
    module = importlib.import_module(f"services.{service}.settings")
    own = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, ProcessSettings) and kind.__module__ == module.__name__
    ]
    assert len(own) == 1
    return own[0]


@pytest.mark.parametrize("name", [name for name in OURS if name != "provision"])
def test_what_is_set_is_read(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = settings_of(name)
    known = {f"{PREFIX}{field.upper()}" for field in settings.model_fields}
    for variable, value in OURS[name]["environment"].items():
        assert variable.removesuffix("_FILE") in known, f"{name} reads no {variable}"
        if variable.endswith("_FILE"):  # as the script below makes them
            secret = tmp_path / variable
            secret.write_text("postgresql://u:p@postgres/tocsin" if "URL" in variable else "s" * 43)
            value = str(secret)  # noqa: PLW2901
        monkeypatch.setenv(variable, value)
    settings.read()


def test_a_secret_is_only_ever_named_by_its_file() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"(PASSWORD|SECRET|TOKEN|_URL)$", name), f"{name}={value}: give it by file"
            if name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_prometheus_reads_every_service_where_it_listens() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = {
        target for job in config["scrape_configs"] for s in job["static_configs"] for target in s["targets"]
    }
    assert targets == {f"{name}:8080" for name in OURS if name != "provision"}
    for service in OURS.values():
        for port in service.get("ports", []):
            assert port.endswith(":8080")


def test_what_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
