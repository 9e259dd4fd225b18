"""Service standards, yearly facts and the packs for citizens."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
