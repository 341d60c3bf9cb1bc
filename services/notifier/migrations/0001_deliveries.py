"""The kit's tables with a door, acknowledgements, and webhooks that are switched off."""

from alembic import op

from shared.stream.tables import create_kit

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_kit(op.execute, door=True)
    op.execute(
        """CREATE TABLE acknowledgement (
            key text NOT NULL,
            page text NOT NULL,
            round int NOT NULL,
            person text NOT NULL,
            at bigint NOT NULL,
            PRIMARY KEY (key, page, round)
        )"""
    )
    # `since` is physical time: a server's 410 has nothing to do with the time that promises run in.
    op.execute("CREATE TABLE webhook_off (url text PRIMARY KEY, since bigint NOT NULL)")
