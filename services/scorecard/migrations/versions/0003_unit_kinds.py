"""Kinds of units are data of the registry; units are found by old codes too."""

from alembic import op

from shared.migrations import add_unit_aliases

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take any kind, and make room for old codes."""
    op.drop_constraint("unit_kind", "indicator_set", type_="check")
    add_unit_aliases()
