"""Areas over time: periods, changes and the crosswalk. History begins with what is there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.areas import LEVELS
from shared.migrations import code_column, now_column, text_check

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANGE_KINDS = ("open", "rename", "move", "renumber", "split", "merge", "close", "import")
STATES = ("scheduled", "applied", "cancelled", "failed")
SUCCESSION_KINDS = ("split", "merge", "move", "renumber")
BEGIN_HISTORY = """
    INSERT INTO area_period (area_id, code, level, parent_code, name_km, name_en, valid_from, valid_to, version)
    SELECT id, code, level, parent_code, name_km, name_en, valid_from,
           CASE WHEN status = 'closed' THEN greatest(valid_from, current_date) END, version
    FROM area ORDER BY code, id
"""
ONE_OPEN_AREA = """
    ALTER TABLE area ADD CONSTRAINT one_open_area_per_code EXCLUDE USING btree (code WITH =)
    WHERE (status = 'open' AND level <> 'village') DEFERRABLE INITIALLY DEFERRED
"""


def upgrade() -> None:
    """Make them, and begin the history of every area."""
    _changes()
    _periods()
    _successions()
    op.execute(BEGIN_HISTORY)
    op.execute(ONE_OPEN_AREA)


def _changes() -> None:
    op.create_table(
        "area_change",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("legal_reference", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("by_account_id", sa.Uuid),
        now_column("recorded_at"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("failure", postgresql.JSONB),
        sa.Column("operations", postgresql.JSONB, nullable=False),
        text_check("area_change", "kind", CHANGE_KINDS),
        text_check("area_change", "state", STATES),
    )
    op.create_index(
        "ix_area_change_due", "area_change", ["effective_on", "id"], postgresql_where=sa.text("state = 'scheduled'")
    )


def _periods() -> None:
    op.create_table(
        "area_period",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id"), nullable=False),
        code_column("code"),
        sa.Column("level", sa.Text, nullable=False),
        code_column("parent_code", nullable=True),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("area_change.id")),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("area_change.id")),
        text_check("area_period", "level", LEVELS),
        sa.CheckConstraint("valid_to >= valid_from", name="not_backwards"),
    )
    op.create_index("ix_area_period_area_id_seq", "area_period", ["area_id", "seq"])
    op.create_index("ix_area_period_code_area_id", "area_period", ["code", "area_id"])
    op.create_index("ix_area_period_level_code_area_id", "area_period", ["level", "code", "area_id"])
    op.create_index("ix_area_period_parent_code_code_area_id", "area_period", ["parent_code", "code", "area_id"])
    op.create_index(
        "ix_area_period_current", "area_period", ["area_id"], unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )  # fmt: skip


def _successions() -> None:
    op.create_table(
        "area_succession",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False, unique=True, server_default=sa.text("uuidv7()")),
        sa.Column("change_id", sa.Uuid, sa.ForeignKey("area_change.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("old_area_id", sa.Uuid, sa.ForeignKey("area.id"), nullable=False),
        code_column("old_code"),
        sa.Column("new_area_id", sa.Uuid, sa.ForeignKey("area.id"), nullable=False),
        code_column("new_code"),
        sa.Column("effective_on", sa.Date, nullable=False),
        text_check("area_succession", "kind", SUCCESSION_KINDS),
        text_check("area_succession", "level", LEVELS),
    )
    op.create_index("ix_area_succession_old_area_id_seq", "area_succession", ["old_area_id", "seq"])
    op.create_index("ix_area_succession_new_area_id_seq", "area_succession", ["new_area_id", "seq"])
    op.create_index("ix_area_succession_effective_on_seq", "area_succession", ["effective_on", "seq"])
