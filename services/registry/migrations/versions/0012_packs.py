"""Service standards, yearly facts and the packs for citizens."""

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrations import code_column, now_column, text_check

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

EXAMPLES = Path(__file__).resolve().parent.parent / "example_standards.json"
"""By kind: standards, rights and data elements, to be replaced by NCDDS."""
BILINGUAL = [f"{name}_{language}" for name in ("fee_note", "time", "documents", "right") for language in ("km", "en")]


def upgrade() -> None:
    """Make them, with an example for each of the three kinds that take part in every commune."""
    _standards()
    _facts()
    _packs()
    _jobs()
    _add_examples()


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()"))


def _kind(**options: Any) -> sa.Column[Any]:
    return sa.Column("kind", sa.Text, sa.ForeignKey("unit_kind.code"), nullable=False, **options)


def _unit(**options: Any) -> sa.Column[Any]:
    return sa.Column("unit_id", sa.Uuid, sa.ForeignKey("unit.id"), nullable=False, **options)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _standards() -> None:
    op.create_table(
        "standard",
        _id(), _kind(), _text("code"), _number("position"), _text("name_km"), _text("name_en"),
        sa.Column("fee_riel", sa.BigInteger),
        *(_text(name, nullable=True) for name in BILINGUAL),
        _flag("active"), _flag("is_example"), _number("version"),
        sa.UniqueConstraint("kind", "code"),
        sa.CheckConstraint("fee_riel >= 0", name="fee"),
    )  # fmt: skip
    op.create_table(
        "unit_standard",
        _unit(primary_key=True), sa.Column("code", sa.Text, primary_key=True), _flag("hidden"),
        _number("position", nullable=True), sa.Column("changes", JSONB, nullable=False), _number("version"),
    )  # fmt: skip
    op.create_table(
        "citizen_rights",
        _kind(primary_key=True), sa.Column("texts", JSONB, nullable=False), _flag("is_example"), _number("version"),
    )  # fmt: skip


def _facts() -> None:
    op.create_table(
        "data_element",
        _id(), _kind(), _text("code"), _text("group"), _text("value_type"), _number("position"),
        _text("name_km"), _text("name_en"), _text("unit_km", nullable=True), _text("unit_en", nullable=True),
        _flag("active"), _flag("is_example"), _number("version"),
        sa.UniqueConstraint("kind", "code"),
        sa.CheckConstraint("\"group\" IN ('performance', 'budget')", name="group"),
        text_check("data_element", "value_type", ("count", "riel", "percent", "text")),
    )  # fmt: skip
    op.create_table(
        "fact_sheet",
        _id(), _unit(), _number("year"), sa.Column("facts", JSONB, nullable=False), _text("status"),
        sa.Column("entered_by", sa.Uuid, nullable=False),
        sa.Column("submitted_by", sa.Uuid), sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Uuid), sa.Column("settled_at", sa.DateTime(timezone=True)),
        _text("return_reason", nullable=True), _number("version"),
        text_check("fact_sheet", "status", ("draft", "submitted", "approved", "returned")),
    )  # fmt: skip
    op.create_index(
        "uq_fact_sheet_year_unit_id", "fact_sheet", ["year", "unit_id"], unique=True, postgresql_include=["status"]
    )
    op.create_index("ix_fact_sheet_unit_id", "fact_sheet", ["unit_id"])


def _packs() -> None:
    op.create_table(
        "pack",
        _id(), _unit(), _number("year"), _number("version"), sa.Column("content", JSONB, nullable=False),
        _number("facts"), _flag("current"),
        now_column("published_at"), sa.Column("published_by", sa.Uuid, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)), sa.Column("withdrawn_by", sa.Uuid),
        _text("withdraw_reason", nullable=True),
        sa.UniqueConstraint("unit_id", "year", "version"),
        sa.CheckConstraint("NOT (current AND withdrawn_at IS NOT NULL)", name="current_is_shown"),
    )  # fmt: skip
    op.create_index(
        "uq_pack_current",
        "pack",
        ["year", "unit_id"],
        unique=True,
        postgresql_where=sa.text("current"),
        postgresql_include=["facts"],
    )


def _jobs() -> None:
    op.create_table(
        "pack_job",
        _id(), code_column("area_code"), _number("year"), _text("kind", nullable=True), _text("status"),
        sa.Column("asked_by", sa.Uuid, nullable=False), now_column("asked_at"),
        sa.Column("finished_at", sa.DateTime(timezone=True)), _number("total"), code_column("after"),
        _number("published"), _number("unchanged"), _number("empty"), _number("failed"),
        text_check("pack_job", "status", ("queued", "running", "done", "cancelled")),
    )  # fmt: skip
    op.create_index("ix_pack_job_open", "pack_job", ["id"], postgresql_where=sa.text("status IN ('queued', 'running')"))
    op.create_index("ix_pack_job_area_code_id", "pack_job", ["area_code", "id"])
    op.create_table(
        "pack_job_item",
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("pack_job.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("unit_code", sa.Text(collation="C"), primary_key=True),
        _text("outcome"), _number("version", nullable=True), _number("facts"), _text("error", nullable=True),
        text_check("pack_job_item", "outcome", ("published", "unchanged", "empty", "failed")),
    )  # fmt: skip


def _add_examples() -> None:
    examples: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    state = {"active": True, "is_example": True, "version": 1}
    for kind, example in examples.items():
        for table, rows in (("standard", example["standards"]), ("data_element", example["data_elements"])):
            for position, row in enumerate(rows, 1):
                _insert(table, row | state | {"kind": kind, "position": position})
        _insert("citizen_rights", {"kind": kind, "texts": example["rights"], "is_example": True, "version": 1})


def _insert(table: str, row: dict[str, Any]) -> None:
    columns = [sa.column(name, JSONB if name == "texts" else None) for name in row]
    op.bulk_insert(sa.table(table, *columns), [row])
