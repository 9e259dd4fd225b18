"""Agenda items name the groups that are worse off than others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them."""
    op.add_column("agenda_item", sa.Column("worse_off", JSONB, nullable=False, server_default="[]"))
