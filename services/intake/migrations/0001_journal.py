"""The kit's tables with a door, the journal, and what is known of each case."""

from alembic import op

from shared.stream.tables import create_kit

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_kit(op.execute, door=True)
    # One number a transaction: its events are counted on from there, a thousand at most.
    op.execute("CREATE SEQUENCE journal_position INCREMENT 1000")
    op.execute(
        """CREATE TABLE journal (
            position bigint NOT NULL,
            tenant text NOT NULL,
            source text NOT NULL,
            id text NOT NULL,
            key text NOT NULL,
            type text NOT NULL,
            time bigint NOT NULL,
            received bigint NOT NULL,
            digest bytea NOT NULL,
            event text NOT NULL,
            PRIMARY KEY (tenant, source, id)
        )"""
    )
    op.execute("CREATE INDEX journal_case ON journal (key, position)")
    # A case that nobody opened yet has a row without a customer.
    op.execute(
        """CREATE TABLE known_case (
            key text PRIMARY KEY,
            first_received bigint NOT NULL,
            customer text,
            customer_since bigint,
            opened_at bigint
        )"""
    )
    op.execute("CREATE INDEX known_case_waiting ON known_case (first_received) WHERE opened_at IS NULL")
