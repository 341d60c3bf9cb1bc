"""What a transaction says is one row, whatever the number of facts in it."""

from alembic import op

from shared.stream.tables import bundle

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    bundle(op.execute)
