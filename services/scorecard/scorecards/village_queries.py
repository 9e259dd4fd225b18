"""How the villages of a scorecard stand."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.scorecard.scorecards.models import Scorecard
from services.scorecard.scorecards.schemas import VillageRead

STANDING = text(
    """
    SELECT v.village_code, v.planned_on, v.skipped_reason, place.name_km, place.name_en,
           CASE WHEN EXISTS (SELECT FROM ballot AS b
                             WHERE b.round_id = v.round_id AND b.unit_code = v.unit_code
                               AND b.village_code = v.village_code AND NOT b.late AND NOT b.withdrawn)
                  OR EXISTS (SELECT FROM tally AS t
                             WHERE t.round_id = v.round_id AND t.unit_code = v.unit_code
                               AND t.village_code = v.village_code AND NOT t.late AND t.withdrawn_at IS NULL)
                  OR EXISTS (SELECT FROM meeting AS m
                             WHERE m.round_id = v.round_id AND m.unit_codes @> ARRAY[v.unit_code]
                               AND m.village_code = v.village_code AND NOT m.late)
                THEN 'held'
                WHEN v.skipped_at IS NOT NULL THEN 'skipped'
                ELSE 'planned' END AS state
    FROM village_scorecard AS v
    LEFT JOIN LATERAL (
        SELECT name_km, name_en FROM area WHERE code = v.village_code ORDER BY status DESC, id LIMIT 1) AS place ON true
    WHERE v.round_id = :round_id AND v.unit_code = :unit_code
    ORDER BY v.village_code
    """
)


async def read_villages(db: AsyncSession, card: Scorecard) -> list[VillageRead]:
    """The planned villages of a scorecard with how they stand, by code."""
    found = await db.execute(STANDING, {"round_id": card.round_id, "unit_code": card.unit_code})
    return [VillageRead.model_validate(dict(row)) for row in found.mappings()]
