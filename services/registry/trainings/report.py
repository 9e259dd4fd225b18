"""Counting trainings and their participants by area, topic, kind and sex."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.reported import Place, reported_areas
from services.registry.participation.coverage_schemas import percent
from services.registry.trainings.models import PARTICIPANT_KINDS, SEXES
from services.registry.trainings.report_schemas import KindCounts, TopicCounts, TrainingReport, TrainingReportRow
from shared.areas import Level, prefix_range

COUNT = text(
    """
    WITH held AS MATERIALIZED (
        SELECT id, topic, CASE WHEN length(area_code) >= :digits THEN left(area_code, :digits) ELSE '' END AS code
        FROM training
        WHERE withdrawn_on IS NULL AND held_until BETWEEN :since AND :until
          AND area_code >= :low AND area_code < :high
    )
    SELECT 'trainings' AS what, code, topic, NULL AS sex, count(*)::int AS number FROM held GROUP BY code, topic
    UNION ALL
    SELECT kind, code, topic, sex, sum(number)::int
    FROM held JOIN training_participants ON training_id = held.id GROUP BY kind, code, topic, sex
    """
)
NAMED = text(
    """
    SELECT CASE WHEN GROUPING(code) = 1 THEN NULL ELSE code END AS code, count(DISTINCT caf_id)::int AS number
    FROM (
        SELECT caf_id, CASE WHEN length(area_code) >= :digits THEN left(area_code, :digits) ELSE '' END AS code
        FROM training JOIN training_caf ON training_id = training.id
        WHERE withdrawn_on IS NULL AND held_until BETWEEN :since AND :until
          AND area_code >= :low AND area_code < :high
    ) AS named
    GROUP BY GROUPING SETS ((code), ())
    """
)
TOPICS = text("SELECT code, name_km, name_en FROM training_topic ORDER BY code")

Key = tuple[str, str | None]
"""`trainings`, or a kind of participants with its sex."""


async def read_training_report(
    db: AsyncSession, area: str, since: date, until: date, level: Level | None
) -> TrainingReport:
    """The trainings of an area that ended in a period. Raises Invalid for what does not fit."""
    places = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    values = {"low": low, "high": high, "digits": places.digits, "since": since, "until": until}
    by_area: dict[str, Counter[Key]] = defaultdict(Counter)
    by_topic: dict[str, Counter[Key]] = defaultdict(Counter)
    total: Counter[Key] = Counter()
    for row in await db.execute(COUNT, values):
        for counts in (by_area[row.code], by_topic[row.topic], total):
            counts[row.what, row.sex] += row.number
    named = {row.code: row.number for row in await db.execute(NAMED, values)}
    return TrainingReport(
        since=since,
        until=until,
        level=places.level,
        total=_row(places.top, total, named.get(None, 0)),
        topics=[
            TopicCounts(topic=code, name_km=name_km, name_en=name_en, **_counts(by_topic[code]))
            for code, name_km, name_en in await db.execute(TOPICS)
            if code in by_topic
        ],
        rows=[_row(place, by_area[place[0]], named.get(place[0], 0)) for place in places.rows],
    )


def _row(place: Place, counts: Mapping[Key, int], named: int) -> TrainingReportRow:
    summed = _counts(counts)
    return TrainingReportRow(
        area_code=place[0],
        name_km=place[1],
        name_en=place[2],
        **summed,
        women_percent=percent(summed["women"], summed["total"]),
        cafs_named=named,
        participants=[
            KindCounts(kind=kind, **sexes) for kind in PARTICIPANT_KINDS if (sexes := _sexes(counts, kind))["total"]
        ],
    )


def _counts(counts: Mapping[Key, int]) -> dict[str, Any]:
    summed: Counter[str] = Counter()
    for kind in PARTICIPANT_KINDS:
        summed.update(_sexes(counts, kind))
    return {**summed, "trainings": counts.get(("trainings", None), 0)}


def _sexes(counts: Mapping[Key, int], kind: str) -> dict[str, int]:
    women, men, undisclosed = (counts.get((kind, sex), 0) for sex in SEXES)
    return {"total": women + men + undisclosed, "women": women, "men": men, "undisclosed": undisclosed}
