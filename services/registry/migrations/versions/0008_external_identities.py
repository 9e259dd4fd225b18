"""Accounts at external issuers, and the tokens of theirs that were exchanged."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import now_column

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; nobody has signed in from elsewhere before."""
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id"), nullable=False),
        now_column("linked_at"),
        sa.Column("linked_by", sa.Uuid, nullable=False),
        sa.UniqueConstraint("issuer", "subject"),
    )
    op.create_index("ix_external_identity_account_id", "external_identity", ["account_id"])
    op.create_table(
        "used_subject_token",
        sa.Column("fingerprint", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_used_subject_token_expires_at", "used_subject_token", ["expires_at"])
