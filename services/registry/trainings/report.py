"""Counting trainings and their participants by area, topic, kind and sex."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.reported import Place, named, reported_areas
from services.registry.participation.coverage_schemas import percent
from services.registry.trainings.models import GROUPS, PARTICIPANT_KINDS
from services.registry.trainings.report_schemas import (
    KindCounts,
    SexCounts,
    TopicCounts,
    TrainingReport,
    TrainingReportRow,
)
from shared.areas import Level, prefix_range

HELD = """
    WITH held AS MATERIALIZED (
        SELECT id, topic, participants,
               CASE WHEN length(area_code) >= :digits THEN left(area_code, :digits) ELSE '' END AS code
        FROM training
        WHERE withdrawn_on IS NULL AND held_until BETWEEN :since AND :until
          AND area_code >= :low AND area_code < :high
    )
"""
SUMS = ", ".join(f"coalesce(sum(participants[{position}]), 0)" for position in range(1, len(GROUPS) + 1))
TRAININGS = text(
    f"""{HELD}
    SELECT code, topic, count(*), {SUMS} FROM held GROUP BY GROUPING SETS ((code), (topic), ())
    """  # noqa: S608 - our own text
)
NAMED = text(
    f"""{HELD}
    SELECT code, count(DISTINCT caf_id)
    FROM held JOIN training_caf ON training_id = held.id GROUP BY GROUPING SETS ((code), ())
    """  # noqa: S608 - our own text
)
"""Sums of an area bear its code, "" where a training was for a wider one; those of all bear none."""
TOPICS = text("SELECT code, name_km, name_en FROM training_topic ORDER BY code")
NOTHING = [0] * (1 + len(GROUPS))
"""How many trainings, and the sums of GROUPS, where there was none."""


async def read_training_report(
    db: AsyncSession, area: str, since: date, until: date, level: Level | None
) -> TrainingReport:
    """The trainings of an area that ended in a period. Raises Invalid for what does not fit."""
    places = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    values = {"low": low, "high": high, "digits": places.digits, "since": since, "until": until}
    cafs: dict[str | None, int] = dict(map(tuple, await db.execute(NAMED, values)))
    found = (await db.execute(TRAININGS, values)).all()
    of_areas: dict[str | None, Sequence[int]] = {code: numbers for code, topic, *numbers in found if topic is None}
    of_topics = {topic: numbers for _, topic, *numbers in found if topic is not None}

    def row(place: Place, code: str | None) -> TrainingReportRow:
        return _row(place, of_areas.get(code, NOTHING), cafs.get(code, 0))

    topics = [_topic(place, of_topics[place[0]]) for place in (await db.execute(TOPICS)).all() if place[0] in of_topics]
    rows = [row(place, place[0]) for place in places.rows]
    values = {"from": since, "until": until, "level": places.level, "total": row(places.top, None)}
    return TrainingReport.model_validate(values | {"topics": topics, "rows": rows})


def _row(place: Place, numbers: Sequence[int], cafs: int) -> TrainingReportRow:
    trainings, *people = numbers
    by_sex = _by_sex(people)
    return {
        **named(place), "trainings": trainings, **by_sex,
        "female_percent": percent(by_sex["female"], by_sex["total"]), "cafs_named": cafs,
        "participants": _by_kind(people),
    }  # fmt: skip


def _topic(topic: Sequence[str], numbers: Sequence[int]) -> TopicCounts:
    code, name_km, name_en = topic
    trainings, *people = numbers
    return {"topic": code, "name_km": name_km, "name_en": name_en, "trainings": trainings, **_by_sex(people)}


def _by_sex(people: Sequence[int]) -> SexCounts:
    """Sums of GROUPS, whose sexes follow each other within a kind, of all kinds."""
    female, male, undisclosed = sum(people[0::3]), sum(people[1::3]), sum(people[2::3])
    return {"total": female + male + undisclosed, "female": female, "male": male, "undisclosed": undisclosed}


def _by_kind(people: Sequence[int]) -> list[KindCounts]:
    """The same of each kind that somebody was of."""
    by_kind = zip(PARTICIPANT_KINDS, people[0::3], people[1::3], people[2::3], strict=True)
    return [
        {"kind": kind, "total": total, "female": female, "male": male, "undisclosed": undisclosed}
        for kind, female, male, undisclosed in by_kind
        if (total := female + male + undisclosed)
    ]
