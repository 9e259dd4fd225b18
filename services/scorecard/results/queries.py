"""Counting a unit's scores, and summing published results by area."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.results.rules import SEXES, STEPS, Counted
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.self_assessments.models import SelfAssessment
from shared.areas import prefix_range

COUNT_PEOPLE = text(
    """
    SELECT sex, sum(people)::int AS people FROM (
        SELECT sex, count(*) AS people FROM ballot
        WHERE round_id = :round_id AND unit_code = :unit_code GROUP BY sex
        UNION ALL
        SELECT (ARRAY['female', 'male', 'undisclosed'])[slot / 4 + 1], participants
        FROM tally_group JOIN tally ON tally.id = tally_group.tally_id
        WHERE round_id = :round_id AND unit_code = :unit_code
    ) AS counted GROUP BY sex
    """
)
COUNT_SCORES = text(
    """
    SELECT position, score, sum(people)::int AS people FROM (
        SELECT given.position, given.score, count(*) AS people
        FROM ballot, unnest(scores) WITH ORDINALITY AS given(score, position)
        WHERE round_id = :round_id AND unit_code = :unit_code AND given.score IS NOT NULL
        GROUP BY given.position, given.score
        UNION ALL
        SELECT (cell.position - 1) / 5 + 1, (cell.position - 1) % 5 + 1, cell.people
        FROM tally_group JOIN tally ON tally.id = tally_group.tally_id,
             unnest(counts) WITH ORDINALITY AS cell(people, position)
        WHERE round_id = :round_id AND unit_code = :unit_code
    ) AS counted GROUP BY position, score
    """
)
ROLL_UP = text(
    """
    WITH published AS MATERIALIZED (
        SELECT * FROM result
        WHERE round_id = :round_id AND area_code >= :low AND area_code < :high AND NOT suppressed
    ), cells AS (
        SELECT unit_kind, position, coalesce(sum(cell), 0) AS people
        FROM published, unnest(cells) WITH ORDINALITY AS entry(cell, position) GROUP BY unit_kind, position
    ), own AS (
        SELECT unit_kind, position, coalesce(sum(score), 0) AS total, count(score) AS number
        FROM published, unnest(self_scores) WITH ORDINALITY AS entry(score, position) GROUP BY unit_kind, position
    ), kinds AS (
        SELECT unit_kind, count(*) AS units,
               (SELECT jsonb_agg(people ORDER BY position) FROM cells WHERE cells.unit_kind = published.unit_kind)
                   AS cells,
               (SELECT jsonb_agg(total ORDER BY position) FROM own WHERE own.unit_kind = published.unit_kind)
                   AS self_totals,
               (SELECT jsonb_agg(number ORDER BY position) FROM own WHERE own.unit_kind = published.unit_kind)
                   AS self_counts
        FROM published GROUP BY unit_kind
    ), children AS (
        SELECT left(area_code, :child_length) AS area_code, count(*) AS units_published,
               sum(participants) AS participants
        FROM published WHERE :child_length <= 6 AND length(area_code) >= :child_length GROUP BY 1
    )
    SELECT count(*) AS units_published, coalesce(sum(participants), 0)::int AS participants,
           sum(female)::int AS female, sum(male)::int AS male, sum(undisclosed)::int AS undisclosed,
           (SELECT count(*) FROM result WHERE round_id = :round_id
               AND area_code >= :low AND area_code < :high AND suppressed) AS units_suppressed,
           (SELECT coalesce(jsonb_agg(to_jsonb(kinds) ORDER BY unit_kind), '[]') FROM kinds) AS kinds,
           (SELECT coalesce(jsonb_agg(to_jsonb(children) ORDER BY area_code), '[]') FROM children) AS children
    FROM published
    """
)
PARTICIPATION = text(
    """
    WITH cards AS MATERIALIZED (
        SELECT unit_code FROM scorecard WHERE round_id = :round_id AND area_code >= :low AND area_code < :high
    ), people AS (
        SELECT unit_code, sex, count(*) AS ballots, 0 AS tallied
        FROM ballot WHERE round_id = :round_id AND unit_code IN (SELECT unit_code FROM cards) GROUP BY unit_code, sex
        UNION ALL
        SELECT unit_code, (ARRAY['female', 'male', 'undisclosed'])[slot / 4 + 1], 0, participants
        FROM tally JOIN tally_group ON tally.id = tally_group.tally_id
        WHERE round_id = :round_id AND unit_code IN (SELECT unit_code FROM cards)
    ), units AS (
        SELECT unit_code, sum(ballots) AS ballots, sum(tallied) AS tallied,
               coalesce(sum(ballots + tallied) FILTER (WHERE sex = 'female'), 0) AS female,
               coalesce(sum(ballots + tallied) FILTER (WHERE sex = 'male'), 0) AS male,
               coalesce(sum(ballots + tallied) FILTER (WHERE sex = 'undisclosed'), 0) AS undisclosed
        FROM people GROUP BY unit_code
    ), split AS (
        SELECT sum(female) AS female, sum(male) AS male, sum(undisclosed) AS undisclosed
        FROM units
        WHERE NOT (female BETWEEN 1 AND :threshold - 1 OR male BETWEEN 1 AND :threshold - 1
                   OR undisclosed BETWEEN 1 AND :threshold - 1)
    )
    SELECT (SELECT count(*) FROM cards)::int AS units, count(*)::int AS units_scored,
           coalesce(sum(ballots), 0)::int AS ballots, coalesce(sum(tallied), 0)::int AS tally_participants,
           coalesce(sum(ballots + tallied), 0)::int AS participants,
           (SELECT female FROM split)::int AS female, (SELECT male FROM split)::int AS male,
           (SELECT undisclosed FROM split)::int AS undisclosed
    FROM units
    """
)
"""The rule for the split is rules.may_show_split, applied to each unit."""


async def count_scores(db: AsyncSession, card: Scorecard, indicator_count: int) -> Counted:
    """Ballots and tallies of a unit, pooled."""
    place = {"round_id": card.round_id, "unit_code": card.unit_code}
    people = {row.sex: row.people for row in await db.execute(COUNT_PEOPLE, place)}
    distributions = [[0] * STEPS for _ in range(indicator_count)]
    for position, score, count in await db.execute(COUNT_SCORES, place):
        distributions[position - 1][score - 1] = count
    return Counted({sex: people.get(sex, 0) for sex in SEXES}, distributions)


async def find_self_scores(db: AsyncSession, card: Scorecard) -> list[int | None] | None:
    """What the unit's staff gave themselves; None when they did not."""
    statement = select(col(SelfAssessment.scores)).where(
        col(SelfAssessment.round_id) == card.round_id, col(SelfAssessment.unit_code) == card.unit_code
    )
    scores: list[int | None] | None = await db.scalar(statement)
    return scores


def area_bounds(round_id: UUID, area_code: str) -> dict[str, object]:
    """The statement's parameters for an area."""
    low, high = prefix_range(area_code)
    return {"round_id": round_id, "low": low, "high": high}
