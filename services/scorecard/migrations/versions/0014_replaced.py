"""Replaced ballots stay under their ids, scorecards without any score are no reports, and a request has no kinds.

The column of their single kind is not written any more; the running version does, so it goes in a later release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KEEP_REPLACED_IDS = """
INSERT INTO ballot (id, round_id, unit_code, scores, sex, age_group, channel, withdrawn)
SELECT earlier, round_id, unit_code, '{}', 'undisclosed', 'undisclosed', 'phone', true
FROM ballot, unnest(replaced) AS earlier
WHERE replaced IS NOT NULL
ON CONFLICT (id) DO NOTHING
"""
"""What they said was not kept: whatever is sent under these ids is another ballot."""


def upgrade() -> None:
    """Keep the ids of ballots that were replaced, and make room for scorecards that nobody scored."""
    op.drop_constraint("device_hash", "ballot", type_="check")
    op.create_check_constraint(
        "device_hash", "ballot", "(channel = 'phone' AND NOT withdrawn) = (device_hash IS NOT NULL)"
    )
    op.execute(KEEP_REPLACED_IDS)
    op.add_column("area_progress", sa.Column("empty", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("scorecard_request", "kind", server_default="unlock")
