"""Units are found by old codes too."""

from shared.migrations import add_unit_aliases

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them."""
    add_unit_aliases()
