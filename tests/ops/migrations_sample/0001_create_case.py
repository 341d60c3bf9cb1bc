"""A revision as a service writes it."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE promise (key text PRIMARY KEY, body jsonb NOT NULL)")
