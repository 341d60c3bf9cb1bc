"""`tocsin audit` over a real system: it holds while it runs and when it has stopped, and whatever is then
changed behind its back is found, by the invariant that it breaks.
"""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.audit.auditing import audit
from cli.audit.report import Report
from cli.local.plan import Plan
from cli.main import app
from shared.ops.clock import parse_clock
from shared.ops.database import connect, create_database, drop_database
from shared.stream.wires import open_wire
from tests.audit.reading import read_lane
from tests.system.conftest import living
from tests.system.tampering import TAMPERED

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.xdist_group("system")]

NOT_IN_A_QUIET_SYSTEM = {"parked_is_known", "nothing_overdue"}


async def audited(plan: Plan, url: str, kafka: str) -> Report:
    return await audit(url, [plan.policies], kafka=kafka, clock=parse_clock(plan.clock))


def nothing_wrong(report: Report) -> None:
    assert report.violations == []
    assert report.ok
    idle = {of.name for of, tally in report.tallies.items() if tally.checked < 20}
    assert idle == NOT_IN_A_QUIET_SYSTEM
    assert not [note for note in report.notes if "not folded" in note]


def assert_the_command_says_so(plan: Plan, url: str) -> None:
    named = {"TOCSIN_ADMIN_URL": url, "TOCSIN_CLOCK": plan.clock, "TOCSIN_POLICIES": str(plan.policies)}
    done = CliRunner().invoke(app, ["audit"], env=named)
    assert done.exit_code == 0, done.output
    assert "all holds: " in done.output


async def test_it_holds_and_what_is_tampered_with_is_found(fresh_system: str, tmp_path: Path) -> None:
    async with living(tmp_path, fresh_system, "postgres") as (world, replayed):
        plan, url = world.system.plan, world.system.admin_url
        telling = replayed()
        while not world.effects():  # noqa: ASYNC110 - two receivers
            await asyncio.sleep(0.05)
        amid = await audited(plan, url, "")
        assert amid.violations == []
        await telling
        nothing_wrong(await audited(plan, url, ""))
        await asyncio.to_thread(assert_the_command_says_so, plan, url)
    nothing_wrong(await audited(plan, url, ""))
    missed = {}
    for name, (change, expected) in TAMPERED.items():
        copy = await create_database(fresh_system, "tampered", url.rpartition("/")[2])
        try:
            engine = connect(copy, application="test", pool=1)
            async with engine.begin() as conn:
                changed = await change(conn)
            await engine.dispose()
            broken = (await audited(plan, copy, "")).broken()
        finally:
            await drop_database(fresh_system, "tampered")
        if not changed or expected not in broken:
            missed[name] = changed, broken
    assert missed == {}


async def test_it_holds_on_kafka_and_what_is_published_beside_it_is_found(
    fresh_system: str, kafka_bootstrap: str, tmp_path: Path
) -> None:
    async with living(tmp_path, fresh_system, "kafka", kafka_bootstrap) as (world, replayed):
        plan, url = world.system.plan, world.system.admin_url
        await replayed()
        nothing_wrong(await audited(plan, url, kafka_bootstrap))
    nothing_wrong(await audited(plan, url, kafka_bootstrap))
    prefix = plan.environment["TOCSIN_TOPIC_PREFIX"]
    wire = open_wire("kafka", database_url="", kafka=kafka_bootstrap, service="test", prefix=prefix)
    try:
        [first, *_] = await read_lane(wire, "clocks", 0)
        await wire.publish([first])
        again = await audited(plan, url, kafka_bootstrap)
        assert again.ok
        assert again.notes["facts published again"] == 1
        await wire.publish([type(first)(first.topic, 0, first.key, first.headers, first.value + b" ")])
        assert (await audited(plan, url, kafka_bootstrap)).broken() == {"in_order"}
    finally:
        await wire.close()
