"""Turns are recorded: what each transaction heard, so that its decisions can be made again."""

from alembic import op

from shared.stream.tables import record_turns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    record_turns(op.execute)
