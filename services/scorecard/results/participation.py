"""How many have taken part in an area so far."""

from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from services.scorecard.areas import Area
from services.scorecard.rounds.queries import get_round
from services.scorecard.rounds.schemas import RoundArea
from shared.areas import prefix_range
from shared.db import Transaction
from shared.registry_copy import must_be_areas
from shared.routing import Router

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
"""The split is over the units of which no count by sex is too small."""

router = Router(prefix="/rounds/{round_id}", tags=["results"])


class Participation(BaseModel):
    """How many took part so far; never what they scored."""

    round_id: UUID
    area_code: str
    units: int = Field(description="Units that take part in the round here")
    units_scored: int = Field(description="Of these, units that anybody has scored")
    ballots: int
    tally_participants: int
    participants: int
    female: int | None = Field(
        description="Over the units where no count by sex is under the round's threshold; null when there is none"
    )
    male: int | None
    undisclosed: int | None


@router.get("/participation")
async def read_participation(round_id: UUID, db: Transaction, area: RoundArea = "") -> Participation:
    """How many have taken part in an area so far, also while the round is open; never what they scored."""
    scored_round = await get_round(db, round_id)
    await must_be_areas(db, Area, [area], pointer="query/area")
    low, high = prefix_range(area)
    bounds = {"round_id": round_id, "low": low, "high": high, "threshold": scored_round.suppression_threshold}
    row = (await db.execute(PARTICIPATION, bounds)).mappings().one()
    return Participation.model_validate({**row, "round_id": round_id, "area_code": area})
