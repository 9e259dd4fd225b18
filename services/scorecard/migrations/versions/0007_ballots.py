"""Ballots of meetings can be taken back."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import now_column

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The ballot stays, so that a phone which sends it again brings it back to nobody; why and by whom stands apart."""
    op.add_column("ballot", sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "ballot_withdrawal",
        sa.Column("ballot_id", sa.Uuid, sa.ForeignKey("ballot.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("withdrawn_by", sa.Uuid, nullable=False),
        now_column("withdrawn_at"),
    )
