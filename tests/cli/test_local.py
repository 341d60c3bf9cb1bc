"""What a home directory keeps: its clock, its secrets; and free ports."""

import stat
from pathlib import Path

import pytest

from cli.local.clock import ClockChosen, clock_setting
from cli.local.plan import Plan, ports_from
from cli.local.ports import free, is_free
from cli.provisioning import SERVICES
from shared.contracts.instant import parse
from shared.ops.clock import RealClock, TimeLapse, parse_clock

ORIGIN = "2016-02-29T00:00:00Z"


def test_a_home_keeps_the_clock_of_its_first_start(tmp_path: Path) -> None:
    first = clock_setting(tmp_path, speed=86_400, origin=ORIGIN)
    clock = parse_clock(first)
    assert isinstance(clock, TimeLapse)
    assert (clock.origin, clock.speed) == (parse(ORIGIN), 86_400)
    assert clock_setting(tmp_path, speed=None, origin=None) == first
    assert clock_setting(tmp_path, speed=86_400, origin=ORIGIN) == first, "time must not begin again"
    with pytest.raises(ClockChosen, match=r"lives by the clock 2016-02-29T00:00:00Z@.* x 86400"):
        clock_setting(tmp_path, speed=60, origin=ORIGIN)


def test_a_home_in_real_time_stays_there(tmp_path: Path) -> None:
    assert clock_setting(tmp_path, speed=None, origin=None) == ""
    assert isinstance(parse_clock(clock_setting(tmp_path, speed=None, origin=None)), RealClock)
    with pytest.raises(ClockChosen, match="lives by the clock real"):
        clock_setting(tmp_path, speed=60, origin=ORIGIN)


def test_secrets_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    plan = Plan(tmp_path)
    passwords = plan.passwords()
    assert Plan(tmp_path).passwords() == passwords
    assert len(set(passwords.values())) == len(SERVICES)
    assert stat.S_IMODE((tmp_path / "passwords").stat().st_mode) == 0o600


def test_each_service_is_told_what_it_needs(tmp_path: Path) -> None:
    plan = Plan(tmp_path, wire="kafka", clock="", ports=ports_from(9000))
    children = {
        child.name: child for child in plan.children(dict.fromkeys(SERVICES, "postgresql://x"), "k:9")
    }
    assert tuple(children) == SERVICES
    assert children["clock"].argv[-1] == "services.clock"
    assert children["notifier"].env["TOCSIN_LISTEN"] == "127.0.0.1:9003"
    assert children["intake"].env["TOCSIN_KAFKA"] == "k:9"


def test_free_ports_are_free_and_different() -> None:
    ports = free(4)
    assert len(set(ports)) == 4
    assert all(map(is_free, ports))
