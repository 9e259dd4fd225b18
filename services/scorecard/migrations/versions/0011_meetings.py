"""Meetings with attendance, the indicators that citizens propose, and tallies that can be withdrawn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.migrations import code_column, now_column, text_check

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")
OF_WHICH = ("female", "youth", "disability", "ethnic_minority", "id_poor")


def upgrade() -> None:
    """Make the tables of meetings and proposals, and let tallies say their scale and whether they still stand."""
    create_meetings()
    create_proposals()
    widen_tallies()


def create_meetings() -> None:
    """One row per meeting; its units are few, so they stay with it."""
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), nullable=False),
        sa.Column("unit_codes", ARRAY(CODE), nullable=False),
        code_column("village_code", nullable=True),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("start_time", sa.Time),
        sa.Column("end_time", sa.Time),
        sa.Column("total", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer) for name in OF_WHICH),
        sa.Column("facilitators", sa.Integer),
        sa.Column("note", sa.Text),
        sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        now_column("recorded_at"),
        sa.Column("sent_hash", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.CheckConstraint("cardinality(unit_codes) >= 1", name="unit_codes"),
        sa.CheckConstraint(
            f"least(total, {', '.join(OF_WHICH)}) >= 0 AND greatest(total, {', '.join(OF_WHICH)}) = total",
            name="attendance",
        ),
        sa.Index("ix_meeting_round_id_id", "round_id", "id"),
        sa.Index("ix_meeting_unit_codes", "unit_codes", postgresql_using="gin"),
    )


def create_proposals() -> None:
    """What citizens would score beside the set's indicators, and what became of it."""
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), nullable=False),
        code_column("unit_code"),
        sa.Column("text_km", sa.Text),
        sa.Column("text_en", sa.Text),
        sa.Column("meeting_id", sa.Uuid),
        sa.Column("votes", sa.Integer),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        now_column("proposed_at"),
        sa.Column("state", sa.Text, nullable=False, server_default="proposed"),
        sa.Column("indicator_code", sa.Text),
        sa.Column("merged_into", sa.Uuid, sa.ForeignKey("proposal.id")),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        text_check("proposal", "state", ("proposed", "merged", "chosen", "declined")),
        sa.CheckConstraint("coalesce(text_km, text_en) IS NOT NULL", name="text"),
        sa.Index("ix_proposal_round_id_unit_code", "round_id", "unit_code", "id"),
        sa.Index("ix_proposal_merged_into", "merged_into", postgresql_where="merged_into IS NOT NULL"),
    )


def widen_tallies() -> None:
    """All that is there was counted on five steps."""
    op.add_column("tally", sa.Column("steps", sa.SmallInteger, nullable=False, server_default="5"))
    op.add_column("tally", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column("tally", sa.Column("withdrawn_by", sa.Uuid))
    op.add_column("tally", sa.Column("withdrawn_reason", sa.Text))
