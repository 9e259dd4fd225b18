"""Posters made and posted."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import code_column, now_column, text_check

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    _posters()
    _jobs()
    _postings()


def _posters() -> None:
    op.create_table(
        "poster",
        sa.Column("pack_id", sa.Uuid, sa.ForeignKey("pack.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("size", sa.Text, primary_key=True),
        sa.Column("lang", sa.Text, primary_key=True),
        sa.Column("edition", sa.Text, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.Column("used_on", sa.Date, nullable=False, server_default=sa.text("CURRENT_DATE")),
        prefixes=["UNLOGGED"],
    )
    op.execute("ALTER TABLE poster ALTER COLUMN pdf SET STORAGE EXTERNAL")
    op.create_index("ix_poster_used_on", "poster", ["used_on"])


def _jobs() -> None:
    op.create_table(
        "poster_job",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        code_column("area_code"),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("size", sa.Text, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Uuid, nullable=False),
        now_column("asked_at"),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        text_check("poster_job", "size", ("a3", "a4")),
        text_check("poster_job", "lang", ("km", "en")),
        text_check("poster_job", "status", ("queued", "running", "done", "cancelled")),
    )
    op.create_index(
        "ix_poster_job_open", "poster_job", ["id"], postgresql_where=sa.text("status IN ('queued', 'running')")
    )
    op.create_index("ix_poster_job_area_code_id", "poster_job", ["area_code", "id"])
    op.create_table(
        "poster_job_item",
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("poster_job.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("unit_code", sa.Text(collation="C"), primary_key=True),
        code_column("area_code"),
        sa.Column("pack_id", sa.Uuid, sa.ForeignKey("pack.id"), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        text_check("poster_job_item", "status", ("waiting", "done", "failed")),
    )
    op.create_index(
        "ix_poster_job_item_waiting",
        "poster_job_item",
        ["job_id", "unit_code"],
        postgresql_where=sa.text("status = 'waiting'"),
    )


def _postings() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("pack_version", sa.Integer, nullable=False),
        sa.Column("posted_on", sa.Date, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("size", sa.Text),
        sa.Column("posted_by", sa.Text),
        sa.Column("has_photo", sa.Boolean, nullable=False),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        now_column("recorded_at"),
        sa.Column("sent_hash", sa.LargeBinary, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by", sa.Uuid),
        sa.Column("withdrawal_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("posting", "size", ("a3", "a4")),
    )
    op.create_index("ix_posting_unit_id_posted_on_id", "posting", ["unit_id", "posted_on", "id"])
    op.create_index(
        "ix_posting_standing",
        "posting",
        ["year", "unit_id"],
        postgresql_include=["pack_version", "has_photo"],
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "posting_photo",
        sa.Column("posting_id", sa.Uuid, sa.ForeignKey("posting.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
        now_column("added_at"),
    )
    op.execute("ALTER TABLE posting_photo ALTER COLUMN jpeg SET STORAGE EXTERNAL")
