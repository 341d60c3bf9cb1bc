"""The Postgres wire: what is published at once on a lane is one row; `last` is its last record's offset."""

from alembic import op

from shared.stream.tables import ONE_RECORD

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute('ALTER TABLE log RENAME COLUMN "offset" TO last')
    op.execute("ALTER TABLE log ADD COLUMN facts int NOT NULL DEFAULT 1, ADD COLUMN records bytea")
    op.execute(f"UPDATE log SET records = {ONE_RECORD}")
    op.execute(
        "ALTER TABLE log ALTER COLUMN facts DROP DEFAULT, ALTER COLUMN records SET NOT NULL,"
        " DROP COLUMN key, DROP COLUMN headers, DROP COLUMN value"
    )
