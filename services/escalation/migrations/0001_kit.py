"""The kit's tables: the escalation service keeps nothing else."""

from alembic import op

from shared.stream.tables import create_kit

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_kit(op.execute)
