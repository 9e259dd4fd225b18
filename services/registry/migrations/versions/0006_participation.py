"""Yearly participation and focal persons."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import code_column, text_check

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; both begin empty."""
    op.create_table(
        "participation",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id")),
        sa.Column("area_id", sa.Uuid, sa.ForeignKey("area.id")),
        code_column("area_code"),
        sa.Column("supply_side", sa.Boolean, nullable=False),
        sa.Column("demand_side", sa.Boolean, nullable=False),
        sa.Column("supporting_ngo", sa.Text),
        sa.Column("support_stated_by", sa.Uuid),
        sa.Column("note", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(unit_id IS NULL) <> (area_id IS NULL)", name="unit_or_area"),
        sa.UniqueConstraint("year", "unit_id"),
        sa.UniqueConstraint("year", "area_id"),
    )
    op.create_index("ix_participation_unit_id", "participation", ["unit_id"])
    op.create_index("ix_participation_year_area_code", "participation", ["year", "area_code"])
    op.create_table(
        "focal_person",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("position", sa.Text),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("account.id")),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        text_check("focal_person", "role", ("data_system", "mobile_app")),
        text_check("focal_person", "sex", ("female", "male", "undisclosed")),
        sa.CheckConstraint("until >= since", name="until_after_since"),
    )
    op.create_index("ix_focal_person_unit_id", "focal_person", ["unit_id", "since"])
    op.create_index(
        "uq_focal_person_open", "focal_person", ["unit_id", "role"], unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )  # fmt: skip
