"""Events are compared as they were sent: the journal needs no digest of them."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE journal DROP COLUMN digest")
