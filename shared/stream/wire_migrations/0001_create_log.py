"""The Postgres wire: where each lane ends, and what was said on it."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE head (topic text, partition int, next bigint NOT NULL, PRIMARY KEY (topic, partition))"
        " WITH (fillfactor = 50)"
    )
    op.execute(
        'CREATE TABLE log (topic text, partition int, "offset" bigint, key text NOT NULL,'
        " headers json NOT NULL, value bytea NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(),"
        ' PRIMARY KEY (topic, partition, "offset"))'
    )
