"""Counting facilitators by area: how many, women among them, impartiality, terms, training and activity."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.areas.reported import Place, reported_areas
from services.registry.cafs.report_schemas import COUNTED, CafReport
from services.registry.cafs.rules import FEWEST, INACTIVE_AFTER, MOST
from services.registry.participation.coverage_schemas import percent
from shared.areas import Level, prefix_range

COUNT = text(
    f"""
    WITH commune AS (
        SELECT code FROM area
        WHERE level = 'commune' AND status = 'open' AND code >= :low AND code < :high
    ), serving AS (
        SELECT area_code AS code, count(*)::int AS cafs,
               count(*) FILTER (WHERE sex = 'female')::int AS female,
               count(*) FILTER (WHERE sex = 'male')::int AS male,
               count(*) FILTER (WHERE sex = 'undisclosed')::int AS undisclosed,
               count(*) FILTER (WHERE village_official)::int AS village_officials,
               count(*) FILTER (WHERE commune_assistant)::int AS commune_assistants,
               count(*) FILTER (WHERE village_official OR commune_assistant)::int AS impartiality,
               count(*) FILTER (WHERE term_until < :today)::int AS term_over,
               count(*) FILTER (WHERE last_trained_on IS NULL)::int AS untrained,
               count(*) FILTER (
                   WHERE greatest(term_from, last_seen_on, last_trained_on) < :active_since)::int AS inactive,
               count(supporter_id)::int AS supported
        FROM caf WHERE left_on IS NULL AND area_code >= :low AND area_code < :high
        GROUP BY area_code
    ), counted AS (
        SELECT code, 1 AS communes, 0 AS cafs, 0 AS female, 0 AS male, 0 AS undisclosed, 0 AS village_officials,
               0 AS commune_assistants, 0 AS impartiality, 0 AS term_over, 0 AS untrained, 0 AS inactive, 0 AS supported
        FROM commune
        UNION ALL
        SELECT code, 0, cafs, female, male, undisclosed, village_officials, commune_assistants, impartiality, term_over,
               untrained, inactive, supported
        FROM serving
    ), one AS (
        SELECT code, max(communes) AS communes, sum(cafs)::int AS cafs, sum(female)::int AS female,
               sum(male)::int AS male, sum(undisclosed)::int AS undisclosed,
               sum(village_officials)::int AS village_officials, sum(commune_assistants)::int AS commune_assistants,
               sum(impartiality)::int AS impartiality,
               sum(term_over)::int AS term_over, sum(untrained)::int AS untrained, sum(inactive)::int AS inactive,
               sum(supported)::int AS supported
        FROM counted GROUP BY code
    )
    SELECT above AS area_code, sum(communes)::int AS communes,
           coalesce(sum(communes) FILTER (WHERE cafs = 0), 0)::int AS communes_without,
           coalesce(sum(communes) FILTER (WHERE cafs BETWEEN 1 AND {FEWEST - 1}), 0)::int AS communes_below,
           coalesce(sum(communes) FILTER (WHERE cafs BETWEEN {FEWEST} AND {MOST}), 0)::int AS communes_fitting,
           coalesce(sum(communes) FILTER (WHERE cafs > {MOST}), 0)::int AS communes_above,
           coalesce(sum(communes) FILTER (WHERE 2 * female < cafs), 0)::int AS communes_women_few,
           sum(cafs)::int AS cafs, sum(female)::int AS female, sum(male)::int AS male,
           sum(undisclosed)::int AS undisclosed, sum(village_officials)::int AS village_officials,
           sum(commune_assistants)::int AS commune_assistants, sum(impartiality)::int AS impartiality,
           sum(term_over)::int AS term_over, sum(untrained)::int AS untrained, sum(inactive)::int AS inactive,
           sum(supported)::int AS supported
    FROM (SELECT *, left(code, :digits) AS above FROM one) AS placed
    GROUP BY GROUPING SETS ((above), ())
    """  # noqa: S608 - our own numbers
)
"""Placed by grouping and not by joining, which goes wrong while PostgreSQL has not counted rows that are new."""


NOBODY: dict[str, int] = dict.fromkeys(COUNTED, 0)
"""The counts of an area without communes or facilitators."""


async def read_caf_report(db: AsyncSession, area: str, level: Level | None) -> CafReport:
    """The facilitators of an area and of each area of a level in it. Raises Invalid for what does not fit."""
    places = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    today = today_in_cambodia()
    values = {"low": low, "high": high, "digits": places.digits, "today": today, "active_since": today - INACTIVE_AFTER}
    found = await db.execute(COUNT, values)
    names = tuple(found.keys())
    counts = {row[0]: dict(zip(names, row, strict=True)) for row in found.all()}
    total = counts[None] if counts[None]["communes"] is not None else NOBODY
    rows = [_row(place, counts.get(place[0], NOBODY)) for place in places.rows]
    return CafReport.model_validate(
        {"as_of": today, "level": places.level, "total": _row(places.top, total), "rows": rows}
    )


def _row(place: Place, counts: Mapping[str, Any]) -> dict[str, Any]:
    """An area's row, with the shares that belong to these counts; all rows are checked at once, which is faster."""
    code, name_km, name_en = place
    female, impartiality = percent(counts["female"], counts["cafs"]), percent(counts["impartiality"], counts["cafs"])
    shares = {"female_percent": female, "impartiality_percent": impartiality}
    return {**counts, "area_code": code, "name_km": name_km, "name_en": name_en, **shares}
