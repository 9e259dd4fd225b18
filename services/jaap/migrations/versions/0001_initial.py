"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.migrations import code_column, now_column, shared_tables, text_check, unit_copy_table

revision = "0001"
down_revision = None

STATUSES = ("proposed", "agreed", "funded", "in_progress", "done", "dropped")


def upgrade() -> None:
    """Make the tables of this service."""
    metadata = sa.MetaData()
    for table in (*shared_tables(metadata), unit_copy_table(metadata)):
        table.create(op.get_bind())
    _create_plans()
    _create_actions()
    _create_funding()


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()"))


def _version() -> sa.Column[Any]:
    return sa.Column("version", sa.Integer, nullable=False, server_default="1")


def _create_plans() -> None:
    op.create_table(
        "plan",
        _id(),
        code_column("area_code"),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
        now_column("opened_at"),
        _version(),
        sa.UniqueConstraint("area_code", "year"),
        text_check("plan", "state", ("open",)),
    )
    op.create_table(
        "published_result",
        sa.Column("round_id", sa.Uuid, primary_key=True),
        sa.Column("unit_code", sa.Text(collation="C"), primary_key=True),
        sa.Column("plan_id", sa.Uuid, sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "agenda_item",
        _id(),
        sa.Column("plan_id", sa.Uuid, sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        sa.Column("indicator_code", sa.Text, nullable=False),
        sa.Column("label_km", sa.Text, nullable=False),
        sa.Column("label_en", sa.Text, nullable=False),
        sa.Column("median", sa.Double),
        sa.Column("gap", sa.Double),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("on_agenda", sa.Boolean, nullable=False),
        sa.UniqueConstraint("plan_id", "round_id", "unit_code", "indicator_code"),
        sa.Index("ix_agenda_item_round_id_unit_code", "round_id", "unit_code"),
    )


def _create_actions() -> None:
    op.create_table(
        "action",
        _id(),
        sa.Column("plan_id", sa.Uuid, sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        code_column("area_code"),
        sa.Column("number", sa.Integer, nullable=False),
        code_column("unit_code", nullable=True),
        sa.Column("agenda_item_id", sa.Uuid, sa.ForeignKey("agenda_item.id")),
        sa.Column("title_km", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text),
        sa.Column("proposer", sa.Text, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("quantity", sa.Double),
        sa.Column("quantity_unit", sa.Text),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("beneficiaries_total", sa.Integer, nullable=False),
        sa.Column("beneficiaries_female", sa.Integer, nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        sa.Column("implementer", sa.Text, nullable=False),
        sa.Column("collaborators", sa.Text),
        sa.Column("resources", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("requested_amount", sa.BigInteger, nullable=False),
        sa.Column("funded_amount", sa.BigInteger, nullable=False),
        sa.Column("drop_reason", sa.Text),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        now_column("proposed_at"),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        _version(),
        sa.UniqueConstraint("plan_id", "number"),
        sa.UniqueConstraint("area_code", "year", "number"),
        text_check("action", "resources", ("own", "external")),
        text_check("action", "status", STATUSES),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("beneficiaries_female BETWEEN 0 AND beneficiaries_total", name="beneficiaries"),
        sa.CheckConstraint("cost >= 0 AND requested_amount >= 0 AND funded_amount >= 0", name="money"),
        sa.CheckConstraint("(status = 'dropped') = (drop_reason IS NOT NULL)", name="drop_reason"),
    )
    op.create_table(
        "progress_report",
        _id(),
        sa.Column("action_id", sa.Uuid, sa.ForeignKey("action.id"), nullable=False, index=True),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reported_on", sa.Date, nullable=False),
        sa.Column("reported_by", sa.Uuid, nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )


def _create_funding() -> None:
    op.create_table(
        "funding_request",
        _id(),
        sa.Column("action_id", sa.Uuid, sa.ForeignKey("action.id"), nullable=False, index=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("requested_by", sa.Uuid, nullable=False),
        now_column("requested_at"),
        sa.CheckConstraint("amount > 0", name="amount"),
    )
    op.create_table(
        "allocation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("action_id", sa.Uuid, sa.ForeignKey("action.id"), nullable=False, index=True),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        text_check("allocation", "state", ("made", "released")),
    )
