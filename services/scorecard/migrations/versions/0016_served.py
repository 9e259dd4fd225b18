"""Units are found by the communes that they serve beside their own."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_unit_catchment", "unit", ["catchment"], postgresql_using="gin")
