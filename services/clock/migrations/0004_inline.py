"""States lie in their rows."""

from alembic import op

from shared.stream.tables import keep_inline

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    keep_inline(op.execute)
