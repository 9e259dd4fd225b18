"""Counting facilitators by area: how many, women among them, impartiality, terms, training and activity."""

from collections import Counter
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.areas.reported import reported_areas
from services.registry.cafs.report_schemas import CafReport, CafReportRow
from services.registry.cafs.rules import FEWEST, INACTIVE_AFTER, MOST
from shared.areas import Level, prefix_range

COUNT = text(
    f"""
    WITH commune AS (
        SELECT code FROM area
        WHERE level = 'commune' AND status = 'open' AND code >= :low AND code < :high
    ), serving AS (
        SELECT area_code AS code, count(*) AS cafs,
               count(*) FILTER (WHERE sex = 'female') AS women,
               count(*) FILTER (WHERE sex = 'male') AS men,
               count(*) FILTER (WHERE sex = 'undisclosed') AS undisclosed,
               count(*) FILTER (WHERE village_official) AS village_officials,
               count(*) FILTER (WHERE commune_assistant) AS commune_assistants,
               count(*) FILTER (WHERE village_official OR commune_assistant) AS impartiality,
               count(*) FILTER (WHERE term_until < :today) AS term_over,
               count(*) FILTER (WHERE last_trained_on IS NULL) AS untrained,
               count(*) FILTER (WHERE greatest(term_from, last_seen_on, last_trained_on) < :active_since) AS inactive,
               count(supporter_id) AS supported
        FROM caf WHERE left_on IS NULL AND area_code >= :low AND area_code < :high
        GROUP BY area_code
    ), counted AS (
        SELECT code, 1 AS communes, 0 AS cafs, 0 AS women, 0 AS men, 0 AS undisclosed, 0 AS village_officials,
               0 AS commune_assistants, 0 AS impartiality, 0 AS term_over, 0 AS untrained, 0 AS inactive, 0 AS supported
        FROM commune
        UNION ALL
        SELECT code, 0, cafs, women, men, undisclosed, village_officials, commune_assistants, impartiality, term_over,
               untrained, inactive, supported
        FROM serving
    ), one AS (
        SELECT code, max(communes) AS communes, sum(cafs) AS cafs, sum(women) AS women, sum(men) AS men,
               sum(undisclosed) AS undisclosed, sum(village_officials) AS village_officials,
               sum(commune_assistants) AS commune_assistants, sum(impartiality) AS impartiality,
               sum(term_over) AS term_over, sum(untrained) AS untrained, sum(inactive) AS inactive,
               sum(supported) AS supported
        FROM counted GROUP BY code
    )
    SELECT left(code, :digits) AS code, sum(communes)::int AS communes, sum(cafs)::int AS cafs,
           sum(communes) FILTER (WHERE cafs = 0)::int AS communes_without,
           sum(communes) FILTER (WHERE cafs BETWEEN 1 AND {FEWEST - 1})::int AS communes_below,
           sum(communes) FILTER (WHERE cafs BETWEEN {FEWEST} AND {MOST})::int AS communes_fitting,
           sum(communes) FILTER (WHERE cafs > {MOST})::int AS communes_above,
           sum(communes) FILTER (WHERE 2 * women < cafs)::int AS communes_women_few,
           sum(women)::int AS women, sum(men)::int AS men, sum(undisclosed)::int AS undisclosed,
           sum(village_officials)::int AS village_officials, sum(commune_assistants)::int AS commune_assistants,
           sum(impartiality)::int AS impartiality, sum(term_over)::int AS term_over, sum(untrained)::int AS untrained,
           sum(inactive)::int AS inactive, sum(supported)::int AS supported
    FROM one GROUP BY 1
    """  # noqa: S608 - our own numbers
)
"""Placed by grouping and not by joining, which goes wrong while PostgreSQL has not counted rows that are new."""


async def read_caf_report(db: AsyncSession, area: str, level: Level | None) -> CafReport:
    """The facilitators of an area and of each area of a level in it. Raises Invalid for what does not fit."""
    places = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    today = today_in_cambodia()
    values = {"low": low, "high": high, "digits": places.digits, "today": today, "active_since": today - INACTIVE_AFTER}
    by_code: dict[str, dict[str, Any]] = {}
    total: Counter[str] = Counter()
    for row in (await db.execute(COUNT, values)).mappings():
        counts = {name: number or 0 for name, number in row.items() if name != "code"}
        by_code[row["code"]] = counts
        total.update(counts)
    return CafReport(
        as_of=today,
        level=places.level,
        total=CafReportRow.of(places.top, total),
        rows=[CafReportRow.of(place, by_code.get(place[0], {})) for place in places.rows],
    )
