"""The API keys: shared by all services for reading, written by intake (its role) and administrators."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE api_key (
            prefix text PRIMARY KEY,
            secret_sha256 bytea NOT NULL,
            tenant text NOT NULL CHECK (tenant ~ '^[a-z0-9-]{1,64}$'),
            sources text[] NOT NULL,
            created_at bigint NOT NULL,
            expires_at bigint,
            revoked_at bigint,
            last_used_at bigint
        )"""
    )
    # Whoever owns the schema `intake` notes the use of a key; nobody but an administrator makes one.
    op.execute(
        """DO $$
        DECLARE keeper text := (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'intake');
        BEGIN
            IF keeper IS NOT NULL THEN
                EXECUTE 'GRANT INSERT, UPDATE ON api_key TO ' || keeper;
            END IF;
        END $$"""
    )
