"""How areas succeeded one another, and earlier results of a unit found by its code."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import code_column, text_check

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The lines of the crosswalk, which the registry's stream holds from its beginning, and an index of results."""
    op.create_table(
        "area_succession",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("old_area_id", sa.Uuid, nullable=False),
        code_column("old_code"),
        sa.Column("new_area_id", sa.Uuid, nullable=False),
        code_column("new_code"),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        text_check("area_succession", "kind", ("split", "merge", "move", "renumber")),
        sa.Index("ix_area_succession_told_at", "told_at"),
    )
    op.create_index("ix_result_unit_code", "result", ["unit_code"])
