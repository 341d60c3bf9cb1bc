"""Which wire: the one place that chooses."""

from typing import Literal

from shared.ops.database import connect
from shared.stream.wire import Wire
from shared.stream.wire_kafka import PREFIX, KafkaWire
from shared.stream.wire_postgres import PostgresWire

WireName = Literal["postgres", "kafka"]


def open_wire(
    name: WireName,
    *,
    database_url: str,
    kafka: str,
    service: str,
    prefix: str = PREFIX,
    read_only: bool = False,
) -> Wire:
    """The wire of that name, not yet connected; `prefix` begins the topics on Kafka."""
    if name == "kafka":
        return KafkaWire(kafka, prefix=prefix)
    application = f"tocsin {service} wire"
    return PostgresWire(
        connect(database_url, application=application, pool=6, schema="wire", read_only=read_only)
    )
