"""Villages, plans, history and requests of scorecards; self-assessments that change; the communes that units serve."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.migrations import now_column, text_check

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
STATES = ("planned", "running", "in_review", "completed")
ACTIONS = (
    *("planned", "opened", "submitted", "returned", "completed", "published", "withdrawn"),
    *("village_skipped", "change_requested", "change_approved", "change_refused"),
)


def upgrade() -> None:
    """Make the tables, tell the history of what is there, and read the registry's units again for their catchments."""
    add_catchments()
    op.add_column("scorecard", sa.Column("first_submitted_at", INSTANT))
    op.execute("UPDATE scorecard SET first_submitted_at = submitted_at")
    create_steps()
    tell_past_steps()
    create_villages()
    create_requests()
    widen_self_assessments()
    op.create_index("ix_scorecard_unit_code", "scorecard", ["unit_code"])
    op.create_index(
        "ix_scorecard_in_review", "scorecard", ["round_id"], postgresql_where=sa.text("state = 'in_review'")
    )
    for table in ("ballot", "tally"):
        op.create_index(f"ix_{table}_late", table, ["round_id", "unit_code"], postgresql_where=sa.text("late"))


def add_catchments() -> None:
    """The registry's stream holds each unit's last state: it is read again, and not known as handled."""
    op.add_column("unit", sa.Column("catchment", ARRAY(CODE), nullable=False, server_default="{}"))
    op.execute("UPDATE unit SET version = version - 1")
    op.execute("DELETE FROM inbox")
    op.execute("DELETE FROM consumer_start")


def of_scorecard(*, unique: bool = False) -> list[sa.Column[object] | sa.ForeignKeyConstraint]:
    """The columns of what hangs on a scorecard, and goes where it goes."""
    return [
        sa.Column("round_id", sa.Uuid, nullable=False, primary_key=unique),
        sa.Column("unit_code", CODE, nullable=False, primary_key=unique),
        sa.ForeignKeyConstraint(
            ["round_id", "unit_code"],
            ["scorecard.round_id", "scorecard.unit_code"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    ]


def create_steps() -> None:
    """Every step of a scorecard."""
    op.create_table(
        "scorecard_step",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        *of_scorecard(),
        now_column("at"),
        sa.Column("by", sa.Uuid),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        text_check("scorecard_step", "action", ACTIONS),
        text_check("scorecard_step", "from_state", STATES),
        text_check("scorecard_step", "to_state", STATES),
        sa.Index("ix_scorecard_step_place", "round_id", "unit_code", "id"),
    )


def tell_past_steps() -> None:
    """What the version before knew of scorecards."""
    for action, at, by, before, after in (
        ("opened", "opened_at", "NULL", "NULL", "running"),
        ("submitted", "submitted_at", "submitted_by", "'running'", "in_review"),
        ("published", "published_at", "published_by", "'in_review'", "completed"),
    ):
        op.execute(
            f"""
            INSERT INTO scorecard_step (round_id, unit_code, at, by, action, from_state, to_state)
            SELECT round_id, unit_code, {at}, {by}, '{action}', {before}, '{after}'
            FROM scorecard JOIN round ON round.id = scorecard.round_id WHERE {at} IS NOT NULL
            """  # noqa: S608 - our own text
        )


def create_villages() -> None:
    """Where a unit's meetings are planned; whether one was held is seen from its scores."""
    op.create_table(
        "village_scorecard",
        *of_scorecard(unique=True),
        sa.Column("village_code", CODE, primary_key=True),
        sa.Column("planned_on", sa.Date),
        sa.Column("skipped_reason", sa.Text),
        sa.Column("skipped_by", sa.Uuid),
        sa.Column("skipped_at", INSTANT),
    )


def create_requests() -> None:
    """One open request per scorecard."""
    op.create_table(
        "scorecard_request",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        *of_scorecard(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Uuid, nullable=False),
        now_column("asked_at"),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", INSTANT),
        sa.Column("note", sa.Text),
        sa.Column("late_counted", sa.Integer, nullable=False, server_default="0"),
        text_check("scorecard_request", "kind", ("unlock",)),
        text_check("scorecard_request", "state", ("open", "approved", "refused")),
        sa.Index("ix_scorecard_request_place", "round_id", "unit_code"),
        sa.Index(
            "ix_scorecard_request_open",
            "round_id",
            "unit_code",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
    )


def widen_self_assessments() -> None:
    """Who took part, and what stood there before a change."""
    op.add_column("self_assessment", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    for name in ("staff_female", "staff_male"):
        op.add_column("self_assessment", sa.Column(name, sa.Integer))
    op.create_table(
        "self_assessment_version",
        sa.Column("self_assessment_id", sa.Uuid, sa.ForeignKey("self_assessment.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("scores", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("staff_female", sa.Integer),
        sa.Column("staff_male", sa.Integer),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
    )
