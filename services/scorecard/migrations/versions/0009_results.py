"""Versions of results, and sums of published ones per level."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.migrations import code_column

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COUNTS = ARRAY(sa.Integer)
INSTANT = sa.DateTime(timezone=True)
GROUPS = 28
"""Sex 3, age group 4, both together 12, three attributes of 3."""


def upgrade() -> None:
    """Widen results, sum up those that are published, and make room for counts that wait to be pooled."""
    widen_results()
    fill_results()
    create_area_results()
    fill_area_results()
    create_waiting_counts()


def widen_results() -> None:
    """One row per publication, with all groups."""
    op.drop_constraint("uq_result_round_id_unit_code", "result", type_="unique")
    op.create_unique_constraint("uq_result_round_id_unit_code_version", "result", ["round_id", "unit_code", "version"])
    op.add_column("result", sa.Column("steps", sa.Integer, nullable=False, server_default="5"))
    op.add_column("result", sa.Column("ballots", sa.Integer))
    op.add_column("result", sa.Column("tallied", sa.Integer))
    op.add_column("result", sa.Column("below_minimum", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("result", sa.Column("people", COUNTS, nullable=False, server_default="{}"))
    op.add_column("result", sa.Column("group_cells", COUNTS, nullable=False, server_default="{}"))
    op.add_column("result", sa.Column("medians", ARRAY(sa.Float), nullable=False, server_default="{}"))
    op.add_column("result", sa.Column("villages", JSONB, nullable=False, server_default="[]"))
    op.add_column("result", sa.Column("own_indicators", JSONB, nullable=False, server_default="[]"))
    op.add_column("result", sa.Column("withdrawn_at", INSTANT))
    op.add_column("result", sa.Column("withdrawn_by", sa.Uuid))
    op.add_column("result", sa.Column("withdrawal_reason", sa.Text))


def fill_results() -> None:
    """Groups of what was published before: sex alone, where it was shown; medians from the distributions."""
    op.execute(
        f"""
        UPDATE result SET
            people = ARRAY[female, male, undisclosed] || array_fill(NULL::int, ARRAY[{GROUPS - 3}]),
            group_cells = array_fill(NULL::int, ARRAY[{GROUPS} * cardinality(cells)]),
            medians = ARRAY(
                SELECT CASE WHEN n > 0 THEN
                    ((SELECT min(score) FROM unnest(passed) WITH ORDINALITY AS p(upto, score) WHERE upto >= (n + 1) / 2)
                    + (SELECT min(score) FROM unnest(passed) WITH ORDINALITY AS p(upto, score) WHERE upto >= n / 2 + 1)
                    ) / 2.0 END
                FROM (
                    SELECT position, array_agg(upto ORDER BY place) AS passed, max(upto) AS n FROM (
                        SELECT (place - 1) / 5 AS position, place,
                               sum(cell) OVER (PARTITION BY (place - 1) / 5 ORDER BY place) AS upto
                        FROM unnest(cells) WITH ORDINALITY AS entry(cell, place)
                    ) AS running GROUP BY position
                ) AS indicator ORDER BY position)
        """  # noqa: S608 - constants are put in
    )


def create_area_results() -> None:
    """One row per area of each level ("" is the nation) and kind of unit."""
    op.create_table(
        "area_result",
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("area_code", sa.Text(collation="C"), primary_key=True),
        sa.Column("unit_kind", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("indicator_set_id", sa.Uuid, sa.ForeignKey("indicator_set.id"), nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False, server_default="0")
            for name in ("units_published", "units_suppressed", "participants")
        ),
        *(
            sa.Column(name, COUNTS, nullable=False)
            for name in ("cells", "unit_medians", "self_totals", "self_counts", "people", "group_cells")
        ),
        sa.Column("compiled_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Index("ix_area_result_level", "round_id", sa.text("length(area_code)"), "area_code"),
    )


def fill_area_results() -> None:
    """Sums of what was published before, at every level."""
    op.execute(
        f"""
        WITH placed AS MATERIALIZED (
            SELECT result.*, left(area_code, level) AS place, cardinality(self_scores) AS indicators
            FROM result, unnest(ARRAY[0, 2, 4, 6]) AS level WHERE length(area_code) >= level
        ), kinds AS (
            SELECT round_id, place, unit_kind, min(year) AS year, (array_agg(indicator_set_id))[1] AS indicator_set_id,
                   max(indicators) AS indicators, count(*) FILTER (WHERE NOT suppressed) AS units_published,
                   count(*) FILTER (WHERE suppressed) AS units_suppressed, coalesce(sum(participants), 0) AS people,
                   coalesce(sum(female), 0) AS female, coalesce(sum(male), 0) AS male,
                   coalesce(sum(undisclosed), 0) AS undisclosed
            FROM placed GROUP BY round_id, place, unit_kind
        ), cells AS (
            SELECT round_id, place, unit_kind, array_agg(total ORDER BY n) AS totals FROM (
                SELECT round_id, place, unit_kind, n, coalesce(sum(cell), 0)::int AS total
                FROM placed, unnest(cells) WITH ORDINALITY AS entry(cell, n) GROUP BY 1, 2, 3, 4
            ) AS cell GROUP BY 1, 2, 3
        ), own AS (
            SELECT round_id, place, unit_kind, array_agg(total ORDER BY n) AS totals,
                   array_agg(number ORDER BY n) AS numbers FROM (
                SELECT round_id, place, unit_kind, n, coalesce(sum(score), 0)::int AS total,
                       count(score)::int AS number
                FROM placed, unnest(self_scores) WITH ORDINALITY AS entry(score, n) GROUP BY 1, 2, 3, 4
            ) AS own_score GROUP BY 1, 2, 3
        ), medians AS (
            SELECT round_id, place, unit_kind, n, bin, count(*) FILTER (WHERE median = 1 + bin / 2.0)::int AS number
            FROM placed, unnest(medians) WITH ORDINALITY AS entry(median, n), generate_series(0, 8) AS bin
            GROUP BY 1, 2, 3, 4, 5
        ), bins AS (
            SELECT round_id, place, unit_kind, array_agg(number ORDER BY n, bin) AS numbers
            FROM medians GROUP BY 1, 2, 3
        )
        INSERT INTO area_result (round_id, area_code, unit_kind, year, indicator_set_id, steps, units_published,
            units_suppressed, participants, cells, unit_medians, self_totals, self_counts, people, group_cells)
        SELECT round_id, place, unit_kind, year, indicator_set_id, 5, units_published, units_suppressed, kinds.people,
               cells.totals, bins.numbers, own.totals, own.numbers,
               ARRAY[female, male, undisclosed]::int[] || array_fill(0, ARRAY[{GROUPS - 3}]),
               array_fill(0, ARRAY[{GROUPS} * 5 * indicators])
        FROM kinds JOIN cells USING (round_id, place, unit_kind) JOIN own USING (round_id, place, unit_kind)
        JOIN bins USING (round_id, place, unit_kind)
        """  # noqa: S608 - constants are put in
    )


def create_waiting_counts() -> None:
    """Counts of published units that may not be shown by themselves, until they are pooled with others."""
    op.create_table(
        "result_count",
        sa.Column("round_id", sa.Uuid, sa.ForeignKey("round.id"), primary_key=True),
        sa.Column("unit_code", sa.Text(collation="C"), primary_key=True),
        sa.Column("unit_kind", sa.Text, nullable=False),
        code_column("area_code"),
        sa.Column("waiting", ARRAY(sa.Text), nullable=False),
        sa.Column("atoms", JSONB, nullable=False, server_default="{}"),
        sa.Column("people", COUNTS),
        sa.Column("answers", COUNTS),
        sa.Column("cells", COUNTS),
    )
