"""Imports of the yearly list: what each would change, and which were applied. The first load is the first of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations import now_column, text_check

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FINDING_KINDS = (
    "repeated_village_code", "village_off_commune", "malformed_village_code",
    "missing_commune", "missing_district", "missing_province",
)  # fmt: skip
FILL_HISTORY = """
    INSERT INTO gazetteer_import (
        at, state, edition, source, effective_on, legal_reference, digest, counts, problems, findings_count, left_out)
    SELECT loaded_at, 'applied', edition, source, effective_on, NULL, '',
           coalesce((SELECT jsonb_object_agg(level, jsonb_build_object('listed', total, 'added', total))
                     FROM (SELECT level, count(*) AS total FROM area GROUP BY level) AS counted), '{}'), '[]',
           (SELECT count(*) FROM finding WHERE finding.edition = gazetteer.edition), '[]'
    FROM gazetteer ORDER BY loaded_at
"""


def upgrade() -> None:
    """Make them, and fill them from the editions that are loaded."""
    op.add_column("gazetteer", sa.Column("effective_on", sa.Date))
    op.add_column("gazetteer", sa.Column("legal_reference", sa.Text))
    op.execute("UPDATE gazetteer SET effective_on = make_date(left(edition, 4)::integer, 1, 1)")
    op.drop_constraint("kind", "finding", type_="check")
    op.create_check_constraint("kind", "finding", f"kind IN {FINDING_KINDS}")
    op.create_index("ix_finding_edition_id", "finding", ["edition", "id"])
    op.create_table(
        "gazetteer_import",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        now_column("at"),
        sa.Column("by_account_id", sa.Uuid),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("legal_reference", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("counts", postgresql.JSONB, nullable=False),
        sa.Column("problems", postgresql.JSONB, nullable=False),
        sa.Column("findings_count", sa.Integer, nullable=False),
        sa.Column("left_out", postgresql.JSONB, nullable=False),
        sa.Column("change_id", sa.Uuid),
        text_check("gazetteer_import", "state", ("reviewed", "applied")),
    )
    op.create_index("ix_gazetteer_import_state_id", "gazetteer_import", ["state", "id"])
    op.create_table(
        "gazetteer_import_item",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("gazetteer_import.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("follows", sa.Boolean, nullable=False),
        sa.Column("body", postgresql.JSONB, nullable=False),
    )
    op.execute(FILL_HISTORY)
