"""Jobs list their units by id and take turns; packs stand in the change feed; all who entered facts are known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.migrations import text_check

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OUTCOMES = ("published", "unchanged", "empty", "closed", "failed")
TELL_PACKS = """
    WITH told AS MATERIALIZED (
        SELECT id, area_code, nextval('change_seq') AS seq FROM (
            SELECT unit.id, unit.area_code FROM unit
            WHERE unit.status = 'open' AND EXISTS (SELECT FROM pack WHERE pack.unit_id = unit.id AND pack.current)
            ORDER BY unit.area_code, unit.id) AS found
    )
    INSERT INTO change (kind, entity_id, area_code, seq, gone)
    SELECT 'pack', told.id::text, told.area_code, told.seq, false FROM told
    UNION ALL
    SELECT 'pack', told.id::text, served.area_code, told.seq, false
    FROM told JOIN unit_catchment AS served ON served.unit_id = told.id
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add what is new; what the version before writes meanwhile stays valid, and its open jobs are listed later."""
    for table in ("pack_job", "poster_job"):
        op.add_column(table, sa.Column("turn_at", sa.DateTime(timezone=True)))
    op.add_column("pack_job", sa.Column("closed", sa.Integer, nullable=False, server_default="0"))
    op.add_column("pack_job_item", sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id")))
    op.alter_column("pack_job_item", "outcome", nullable=True)
    op.drop_constraint("outcome", "pack_job_item", type_="check")
    op.create_check_constraint("outcome", "pack_job_item", text_check("pack_job_item", "outcome", OUTCOMES).sqltext)
    op.create_index(
        "ix_pack_job_item_waiting",
        "pack_job_item",
        ["job_id", "unit_code"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.add_column(
        "fact_sheet", sa.Column("also_entered_by", ARRAY(sa.Uuid), nullable=False, server_default=sa.text("'{}'"))
    )
    op.execute("SELECT pg_advisory_xact_lock(hashtext('registry.changes'))")
    op.execute(TELL_PACKS)
