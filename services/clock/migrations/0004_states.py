"""States lie in their rows, and keys in the index of due instants."""

from alembic import op

from shared.stream.tables import settle_states

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    settle_states(op.execute)
