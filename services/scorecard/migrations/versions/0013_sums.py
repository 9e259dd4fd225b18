"""A batch of ballots is queued to be counted as sums: one row per unit and village."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rows that wait in the queue stay as they are, and are counted as before.

    Sums of 4 kB that live for less than a second are neither packed nor moved off their page.
    """
    for table in ("uncounted", "uncountable"):
        op.add_column(table, sa.Column("slot_people", ARRAY(sa.Integer)))
    op.execute("ALTER TABLE uncounted SET (toast_tuple_target = 8160)")
    op.execute("ALTER TABLE uncounted ALTER counts SET STORAGE EXTERNAL")
    op.create_check_constraint("sums_of_counts", "uncounted", "slot_people IS NULL OR counts IS NOT NULL")
