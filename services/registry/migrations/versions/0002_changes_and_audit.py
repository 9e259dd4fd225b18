"""The change feed, and one trail for everything that people change.

The accounts' own trail is copied; its table stays until no running version writes to it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.migrations import now_column

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILL_TRAIL = """
    INSERT INTO audit_entry (at, by_account_id, subject_kind, subject, action, detail)
    SELECT at, by_account_id, 'account', account_id::text, kind,
           CASE WHEN detail IS NULL THEN '{}' ELSE jsonb_build_object('grant', detail) END
    FROM account_event ORDER BY id
"""
FILL_FEED = """
    INSERT INTO change (kind, entity_id, area_code, seq, gone)
    SELECT kind, id::text, place, nextval('change_seq'), status = 'closed' FROM (
        SELECT 'area' AS kind, id, status, code AS own,
               CASE WHEN parent_code IS NULL OR starts_with(code, parent_code) THEN code ELSE parent_code END AS place
        FROM area
        UNION ALL
        SELECT 'unit', id, status, code, area_code FROM unit
        ORDER BY 1, 4, 2
    ) AS entity
"""


def upgrade() -> None:
    """Make them, and fill them from what is there."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        now_column("at"),
        sa.Column("by_account_id", sa.Uuid),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("detail", postgresql.JSONB, nullable=False),
    )
    op.create_index("ix_audit_entry_subject_id", "audit_entry", ["subject_kind", "subject", "id"])
    op.create_index("ix_audit_entry_by_account_id_id", "audit_entry", ["by_account_id", "id"])
    op.create_table(
        "change",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("entity_id", sa.Text, primary_key=True),
        sa.Column("area_code", sa.Text(collation="C"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    op.create_index("ix_change_seq", "change", ["seq"])
    op.create_index("ix_change_area_code_seq", "change", ["area_code", "seq"])
    op.create_table("feed", sa.Column("epoch", sa.Text, primary_key=True))
    op.execute("CREATE SEQUENCE change_seq")
    op.execute("INSERT INTO feed SELECT substr(md5(gen_random_uuid()::text), 1, 8)")
    op.execute(FILL_TRAIL)
    op.execute(FILL_FEED)
