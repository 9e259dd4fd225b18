"""Counting facilitators by area: how many, women among them, impartiality, terms, training and activity."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import today_in_cambodia
from services.registry.areas.reported import NAMED, Place, reported_areas, summed
from services.registry.cafs.report_schemas import COUNTED, CafReport, CafReportRow
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
    )
    SELECT left(code, :digits), count(commune.code),
           count(commune.code) FILTER (WHERE cafs IS NULL),
           count(commune.code) FILTER (WHERE cafs < {FEWEST}),
           count(commune.code) FILTER (WHERE cafs BETWEEN {FEWEST} AND {MOST}),
           count(commune.code) FILTER (WHERE cafs > {MOST}),
           count(commune.code) FILTER (WHERE 2 * female < cafs),
           coalesce(sum(cafs), 0), coalesce(sum(female), 0), coalesce(sum(male), 0), coalesce(sum(undisclosed), 0),
           coalesce(sum(village_officials), 0), coalesce(sum(commune_assistants), 0), coalesce(sum(impartiality), 0),
           coalesce(sum(term_over), 0), coalesce(sum(untrained), 0), coalesce(sum(inactive), 0),
           coalesce(sum(supported), 0)
    FROM commune FULL JOIN serving USING (code) GROUP BY 1
    """  # noqa: S608 - our own numbers
)
"""By area, in the order of COUNTED. A full join is never made by looping, which would take seconds while PostgreSQL has
not counted rows that are new."""

FIELDS = (*NAMED, *COUNTED)
"""A row's place and counts."""
NOBODY = [0] * len(COUNTED)
"""The counts of an area without communes or facilitators."""


async def read_caf_report(db: AsyncSession, area: str, level: Level | None) -> CafReport:
    """The facilitators of an area and of each area of a level in it. Raises Invalid for what does not fit."""
    places = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    today = today_in_cambodia()
    values = {"low": low, "high": high, "digits": places.digits, "today": today, "active_since": today - INACTIVE_AFTER}
    counts = {code: numbers for code, *numbers in (await db.execute(COUNT, values)).all()}
    total = summed(counts.values(), len(COUNTED))
    rows = [_row(place, counts.get(place[0], NOBODY)) for place in places.rows]
    return CafReport(as_of=today, level=places.level, total=_row(places.top, total), rows=rows)


def _row(place: Place, numbers: Sequence[int]) -> CafReportRow:
    """An area's row, with the shares that belong to these counts."""
    row = cast(CafReportRow, dict(zip(FIELDS, (*place, *numbers), strict=True)))
    row["female_percent"] = percent(row["female"], row["cafs"])
    row["impartiality_percent"] = percent(row["impartiality"], row["cafs"])
    return row
