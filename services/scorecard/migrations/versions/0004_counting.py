"""Rounds with windows and rules, planned and completed scorecards, more groups, and counting by a worker."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.migrations import code_column

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTS = ARRAY(sa.Integer)
CODE = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
SEX = "array_position(ARRAY['female', 'male', 'undisclosed'], sex)"
AGE = "array_position(ARRAY['youth', 'adult', 'elder', 'undisclosed'], age_group)"


def upgrade() -> None:
    """Widen what is there, make the tables of counting, and queue what was stored before."""
    widen_indicator_sets()
    widen_rounds()
    widen_scorecards()
    widen_ballots()
    widen_tallies()
    create_queue()
    create_histograms()
    queue_what_is_stored()


def widen_indicator_sets() -> None:
    """From which step of the scale on a citizen is satisfied."""
    op.add_column("indicator_set", sa.Column("satisfied_from", sa.Integer, nullable=False, server_default="4"))


def widen_rounds() -> None:
    """Windows per step, and the rules that a round chooses."""
    for name in ("scoring_opens_at", "scoring_closes_at", "self_assessment_opens_at", "self_assessment_closes_at"):
        op.add_column("round", sa.Column(name, INSTANT))
    op.add_column("round", sa.Column("review_days", sa.Integer, server_default="14"))
    op.add_column("round", sa.Column("minimum_participation", sa.Integer, nullable=False, server_default="0"))
    for name, default, values in (
        ("phone_repeat", "refuse", ("refuse", "replace")),
        ("village_rule", "pooled", ("pooled", "median_of_medians")),
        ("planning", "all_units", ("all_units", "listed")),
    ):
        op.add_column("round", sa.Column(name, sa.Text, nullable=False, server_default=default))
        op.create_check_constraint(name, "round", sa.column(name).in_(values))
    op.add_column(
        "round",
        sa.Column(
            "publisher_roles",
            ARRAY(sa.Text),
            nullable=False,
            server_default="{district_officer,province_officer,ncdds}",
        ),
    )


def widen_scorecards() -> None:
    """States planned, running, in review, completed; whether it is published stands apart."""
    op.drop_constraint("state", "scorecard", type_="check")
    op.execute("UPDATE scorecard SET state = 'completed' WHERE state = 'published'")
    op.create_check_constraint(
        "state", "scorecard", sa.column("state").in_(("planned", "running", "in_review", "completed"))
    )
    op.add_column("scorecard", sa.Column("steps", sa.Integer, nullable=False, server_default="5"))
    op.add_column("scorecard", sa.Column("own_indicators", JSONB, nullable=False, server_default="[]"))
    op.add_column("scorecard", sa.Column("link_version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("scorecard", sa.Column("planned_on", sa.Date))
    op.add_column("scorecard", sa.Column("completed_by", sa.Uuid))
    op.add_column("scorecard", sa.Column("completed_at", INSTANT))
    op.add_column("scorecard", sa.Column("unlocked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("scorecard", sa.Column("result_version", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE scorecard SET completed_by = published_by, completed_at = published_at, result_version = 1"
        " WHERE published_at IS NOT NULL"
    )


def widen_ballots() -> None:
    """More groups, the village, the meeting, and what came late or was replaced."""
    for name in ("disability", "ethnic_minority", "id_poor"):
        op.add_column("ballot", sa.Column(name, sa.Boolean))
    op.add_column("ballot", sa.Column("village_code", CODE))
    op.add_column("ballot", sa.Column("meeting_id", sa.Uuid))
    op.add_column("ballot", sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("ballot", sa.Column("replaced", ARRAY(sa.Uuid)))
    op.drop_constraint("scores", "ballot", type_="check")
    op.create_check_constraint("scores", "ballot", "1 <= ALL (scores) AND 10 >= ALL (scores)")
    op.drop_constraint("scores", "self_assessment", type_="check")
    op.create_check_constraint("scores", "self_assessment", "1 <= ALL (scores) AND 10 >= ALL (scores)")


def widen_tallies() -> None:
    """A tally's groups are slots of a histogram: sex by age group, and the attributes."""
    op.add_column("tally", sa.Column("meeting_id", sa.Uuid))
    op.add_column("tally", sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("tally_group", sa.Column("slot", sa.SmallInteger))
    op.execute(f"UPDATE tally_group SET slot = ({SEX} - 1) * 4 + 3")  # noqa: S608 - a constant is put in
    op.drop_constraint("pk_tally_group", "tally_group", type_="primary")
    op.drop_column("tally_group", "sex")
    op.alter_column("tally_group", "slot", nullable=False)
    op.create_primary_key("pk_tally_group", "tally_group", ["tally_id", "slot"])
    op.create_check_constraint("slot", "tally_group", "slot BETWEEN 0 AND 17")


def create_queue() -> None:
    """What is not counted yet; vacuumed often, as its rows live for less than a second."""
    op.create_table(
        "uncounted",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("round_id", sa.Uuid, nullable=False),
        code_column("unit_code"),
        sa.Column("village_code", CODE, nullable=False, server_default=""),
        sa.Column("slots", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("people", sa.Integer, nullable=False, server_default="1"),
        sa.Column("scores", ARRAY(sa.SmallInteger)),
        sa.Column("counts", COUNTS),
        sa.CheckConstraint("(scores IS NULL) <> (counts IS NULL)", name="scores_or_counts"),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.0", "autovacuum_vacuum_threshold": "20000"},
    )
    op.create_table(
        "round_change",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("round_id", sa.Uuid, nullable=False),
        sa.Column("recount", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def create_histograms() -> None:
    """Sums per unit and per level of areas."""

    def number(name: str) -> sa.Column[int]:
        return sa.Column(name, sa.Integer, nullable=False, server_default="0")

    op.create_table(
        "unit_histogram",
        sa.Column("round_id", sa.Uuid, primary_key=True),
        sa.Column("unit_code", CODE, primary_key=True),
        sa.Column("village_code", CODE, primary_key=True, server_default=""),
        number("ballots"),
        number("tallied"),
        number("participants"),
        sa.Column("counts", COUNTS, nullable=False),
        sa.Column("people", COUNTS, nullable=False),
        sa.Column("slot_counts", COUNTS, nullable=False),
    )
    by_area = [
        ("area_histogram", ("units_scored", "ballots", "tallied"), ("counts", "people")),
        ("area_progress", ("planned", "reported", "on_time", "completed", "published"), ()),
    ]
    for table, numbers, arrays in by_area:
        op.create_table(
            table,
            sa.Column("round_id", sa.Uuid, primary_key=True),
            sa.Column("area_code", CODE, primary_key=True),
            sa.Column("unit_kind", sa.Text, primary_key=True),
            *(number(name) for name in numbers),
            *(sa.Column(name, COUNTS, nullable=False) for name in arrays),
        )


def queue_what_is_stored() -> None:
    """The worker counts what the version before stored."""
    op.execute(
        f"""
        INSERT INTO uncounted (round_id, unit_code, slots, scores)
        SELECT round_id, unit_code, ARRAY[(({SEX} - 1) * 4 + {AGE} - 1)::smallint], scores FROM ballot
        """  # noqa: S608 - constants are put in
    )
    op.execute(
        """
        INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, counts)
        SELECT round_id, unit_code, coalesce(village_code, ''), ARRAY[slot], participants, counts
        FROM tally_group JOIN tally ON tally.id = tally_group.tally_id
        """
    )
    op.execute("INSERT INTO round_change (round_id) SELECT id FROM round WHERE state <> 'planned'")
