"""The first tables, and an example indicator set for each kind of unit."""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.migrations import (
    area_copy_table,
    code_column,
    now_column,
    shared_tables,
    text_check,
    unit_copy_table,
)

revision = "0001"
down_revision = None

EXAMPLES = Path(__file__).resolve().parent.parent / "example_indicator_sets.json"
UNIT_KINDS = ("commune_administration", "health_centre", "primary_school")
SEXES = ("female", "male", "undisclosed")
ID_DEFAULT = sa.text("uuidv7()")


def upgrade() -> None:
    """Make the tables of this service."""
    metadata = sa.MetaData()
    for table in (*shared_tables(metadata), area_copy_table(metadata), unit_copy_table(metadata)):
        table.create(op.get_bind())
    create_indicator_sets()
    create_rounds()
    create_scorecards()
    create_ballots()
    create_tallies()
    create_self_assessments()
    create_results()
    add_examples()


def create_indicator_sets() -> None:
    """Versioned questions per kind of unit."""
    op.create_table(
        "indicator_set",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=ID_DEFAULT),
        sa.Column("unit_kind", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title_km", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("scale", JSONB, nullable=False),
        sa.Column("indicators", JSONB, nullable=False),
        sa.Column("is_example", sa.Boolean, nullable=False),
        now_column("created_at"),
        sa.UniqueConstraint("unit_kind", "version"),
        text_check("indicator_set", "unit_kind", UNIT_KINDS),
    )


def create_rounds() -> None:
    """Rounds, their questions and the keys of their phones."""
    op.create_table(
        "round",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=ID_DEFAULT),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("title_km", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("area_codes", ARRAY(sa.Text(collation="C")), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("suppression_threshold", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        text_check("round", "state", ("planned", "open", "closed")),
        sa.CheckConstraint("suppression_threshold >= 5", name="suppression_threshold"),
    )
    op.create_table(
        "round_indicator_set",
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("indicator_set_id", sa.Uuid, sa.ForeignKey("indicator_set.id"), primary_key=True),
    )
    op.create_table(
        "phone_key",
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("inner_pad", sa.LargeBinary, nullable=False),
        sa.Column("outer_pad", sa.LargeBinary, nullable=False),
    )


def create_scorecards() -> None:
    """Where each unit stands in a round."""
    op.create_table(
        "scorecard",
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("unit_code", sa.Text(collation="C"), primary_key=True),
        sa.Column("unit_kind", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("indicator_set_id", sa.Uuid, sa.ForeignKey("indicator_set.id"), nullable=False),
        sa.Column("indicator_count", sa.Integer, nullable=False),
        sa.Column("accepts_scores", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("state", sa.Text, nullable=False, server_default="running"),
        sa.Column("submitted_by", sa.Uuid),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("published_by", sa.Uuid),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        text_check("scorecard", "state", ("running", "in_review", "published")),
        sa.Index("ix_scorecard_round_id_area_code", "round_id", "area_code"),
    )


def create_ballots() -> None:
    """One row per ballot; the unique index also serves the counting of a unit's ballots."""
    op.create_table(
        "ballot",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        sa.Column("scores", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("age_group", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("device_hash", sa.LargeBinary),
        sa.Column("cast_on", sa.Date),
        text_check("ballot", "sex", SEXES),
        text_check("ballot", "age_group", ("youth", "adult", "elder", "undisclosed")),
        text_check("ballot", "channel", ("phone", "meeting")),
        sa.CheckConstraint("1 <= ALL (scores) AND 5 >= ALL (scores)", name="scores"),
        sa.CheckConstraint("(channel = 'phone') = (device_hash IS NOT NULL)", name="device_hash"),
        sa.Index("ix_ballot_round_id_unit_code_device_hash", "round_id", "unit_code", "device_hash", unique=True),
    )


def create_tallies() -> None:
    """Meetings, counted by group."""
    op.create_table(
        "tally",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        code_column("village_code", nullable=True),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        sa.ForeignKeyConstraint(["round_id", "unit_code"], ["scorecard.round_id", "scorecard.unit_code"]),
        sa.Index("ix_tally_round_id_unit_code", "round_id", "unit_code"),
    )
    op.create_table(
        "tally_group",
        sa.Column("tally_id", sa.Uuid, sa.ForeignKey("tally.id"), primary_key=True),
        sa.Column("sex", sa.Text, primary_key=True),
        sa.Column("participants", sa.Integer, nullable=False),
        sa.Column("counts", ARRAY(sa.Integer), nullable=False),
        text_check("tally_group", "sex", SEXES),
        sa.CheckConstraint("participants >= 1", name="participants"),
        sa.CheckConstraint("0 <= ALL (counts)", name="counts"),
    )


def create_self_assessments() -> None:
    """One per unit and round."""
    op.create_table(
        "self_assessment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        sa.Column("scores", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id", "unit_code"], ["scorecard.round_id", "scorecard.unit_code"]),
        sa.UniqueConstraint("round_id", "unit_code"),
        sa.CheckConstraint("1 <= ALL (scores) AND 5 >= ALL (scores)", name="scores"),
    )


def create_results() -> None:
    """Frozen results; the index serves the sums of any area."""
    op.create_table(
        "result",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        code_column("unit_code"),
        sa.Column("unit_kind", sa.Text, nullable=False),
        sa.Column("unit_name_km", sa.Text, nullable=False),
        sa.Column("unit_name_en", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("indicator_set_id", sa.Uuid, sa.ForeignKey("indicator_set.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("suppressed", sa.Boolean, nullable=False),
        sa.Column("participants", sa.Integer),
        sa.Column("female", sa.Integer),
        sa.Column("male", sa.Integer),
        sa.Column("undisclosed", sa.Integer),
        sa.Column("self_assessed", sa.Boolean, nullable=False),
        sa.Column("cells", ARRAY(sa.Integer), nullable=False),
        sa.Column("self_scores", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("weakest", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("round_id", "unit_code"),
        sa.Index("ix_result_round_id_area_code", "round_id", "area_code"),
    )


def add_examples() -> None:
    """The examples that rounds may use until NCDDS issues its own sets."""
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    table = sa.table(
        "indicator_set",
        sa.column("unit_kind"),
        sa.column("version"),
        sa.column("title_km"),
        sa.column("title_en"),
        sa.column("scale", JSONB),
        sa.column("indicators", JSONB),
        sa.column("is_example"),
    )
    op.bulk_insert(
        table,
        [{**example, "scale": examples["scale"], "version": 1, "is_example": True} for example in examples["sets"]],
    )
