"""A real broker of one's own: it keeps what it acknowledged, and ends with its parent."""
# mypy: allow-untyped-calls

import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.ops import kafka_jars, local_kafka
from shared.ops.local_server import CannotStart

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


async def said(bootstrap: str, *words: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("words", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for word in words:
            await producer.send_and_wait("words", word, partition=0)


async def heard(bootstrap: str, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition("words", 0)])
        return [(await consumer.getone()).value for _ in range(count)]


async def test_what_was_acknowledged_survives_a_stop_and_a_crash(tmp_path: Path) -> None:
    told: list[str] = []
    home = tmp_path / "kafka"
    broker = local_kafka.start(home, say=told.append)
    assert "starting Kafka" in told
    await said(broker.bootstrap, b"one", b"two")
    broker.stop()
    again = local_kafka.start(home)
    assert again.bootstrap == broker.bootstrap
    await said(again.bootstrap, b"three")
    again.kill()
    recovered = local_kafka.start(home)
    assert await heard(recovered.bootstrap, 3) == [b"one", b"two", b"three"]
    with pytest.raises(CannotStart, match="another process"):
        local_kafka.start(home)
    recovered.destroy()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_ends_with_its_parent_and_the_next_takes_over(tmp_path: Path) -> None:
    home = tmp_path / "kafka"
    starts = (
        "import sys, time; from pathlib import Path; from shared.ops import local_kafka\n"
        "print(local_kafka.start(Path(sys.argv[1])).pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", starts, str(home)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.communicate()
    local_kafka.start(home).destroy()


def test_a_jar_that_is_not_the_locked_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "org.slf4j:slf4j-api:1.7.36"
    lock = tmp_path / "jars.sha256"
    lock.write_text(f"{'0' * 64}  {name}\n")
    monkeypatch.setattr(kafka_jars, "LOCK", lock)
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    with pytest.raises(CannotStart, match="slf4j-api"):
        kafka_jars.fetch(lambda _: None)


async def test_a_run_has_its_kafka(kafka_bootstrap: str) -> None:
    await said(kafka_bootstrap, b"hello")
    assert await heard(kafka_bootstrap, 1) == [b"hello"]
