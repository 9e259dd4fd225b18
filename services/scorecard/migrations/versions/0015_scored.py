"""A scorecard keeps whether anybody had scored it when it was submitted."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

FILL = """
UPDATE scorecard SET scored = false
WHERE state IN ('in_review', 'completed')
  AND NOT EXISTS (SELECT FROM ballot WHERE ballot.round_id = scorecard.round_id
                  AND ballot.unit_code = scorecard.unit_code AND NOT late AND NOT withdrawn)
  AND NOT EXISTS (SELECT FROM tally WHERE tally.round_id = scorecard.round_id
                  AND tally.unit_code = scorecard.unit_code AND NOT late AND withdrawn_at IS NULL)
"""


def upgrade() -> None:
    """Look for scores of those that were submitted; what the running version submits meanwhile is taken for scored."""
    op.add_column("scorecard", sa.Column("scored", sa.Boolean, nullable=False, server_default=sa.true()))
    op.execute(FILL)
    op.execute("INSERT INTO round_change (round_id) SELECT id FROM round")
