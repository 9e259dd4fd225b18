"""Counting trainings and their participants by area, topic, kind and sex."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.reported import Place, reported_areas
from services.registry.participation.coverage_schemas import percent
from services.registry.trainings.models import GROUPS, PARTICIPANT_KINDS
from services.registry.trainings.report_schemas import TrainingReport
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
SUMS = ", ".join(f"sum(participants[{position}])::int" for position in range(1, len(GROUPS) + 1))
TRAININGS = text(
    f"""{HELD}
    SELECT code, topic, count(*)::int, {SUMS} FROM held GROUP BY GROUPING SETS ((code), (topic), ())
    """  # noqa: S608 - our own text
)
NAMED = text(
    f"""{HELD}
    SELECT code, count(DISTINCT caf_id)::int AS number
    FROM held JOIN training_caf ON training_id = held.id GROUP BY GROUPING SETS ((code), ())
    """  # noqa: S608 - our own text
)
"""Sums of an area bear its code, "" where a training was for a wider one; those of all bear none."""
TOPICS = text("SELECT code, name_km, name_en FROM training_topic ORDER BY code")

Counts = dict[str, Any]
"""What becomes an object of the answer; all are checked at once, as thousands one by one take longer than counting."""


async def read_training_report(
    db: AsyncSession, area: str, since: date, until: date, level: Level | None
) -> TrainingReport:
    """The trainings of an area that ended in a period. Raises Invalid for what does not fit."""
    places = await reported_areas(db, area, level)
    low, high = prefix_range(area)
    values = {"low": low, "high": high, "digits": places.digits, "since": since, "until": until}
    named: dict[str | None, int] = {row.code: row.number for row in (await db.execute(NAMED, values)).all()}
    sums = {(code, topic): _sums(held, numbers) for code, topic, held, *numbers in await db.execute(TRAININGS, values)}

    def row(place: Place, code: str | None) -> Counts:
        names = {"area_code": place[0], "name_km": place[1], "name_en": place[2], "cafs_named": named.get(code, 0)}
        return names | sums.get((code, None), NOTHING)

    topics = [
        {"topic": code, "name_km": km, "name_en": en, **sums[None, code]}
        for code, km, en in (await db.execute(TOPICS)).all()
        if (None, code) in sums
    ]
    return TrainingReport.model_validate(
        {
            "from": since, "until": until, "level": places.level, "total": row(places.top, None), "topics": topics,
            "rows": [row(place, place[0]) for place in places.rows],
        }
    )  # fmt: skip


def _sums(trainings: int, numbers: Sequence[int]) -> Counts:
    """What trainings and the sums of their participants, in the order of GROUPS, come to; of none, no numbers."""
    kinds = []
    female = male = undisclosed = 0
    for position, kind in enumerate(PARTICIPANT_KINDS if trainings else ()):
        of_kind = numbers[3 * position : 3 * position + 3]
        if any(of_kind):
            f, m, u = of_kind
            kinds.append({"kind": kind, "total": f + m + u, "female": f, "male": m, "undisclosed": u})
            female, male, undisclosed = female + f, male + m, undisclosed + u
    total = female + male + undisclosed
    return {
        "trainings": trainings, "total": total, "female": female, "male": male, "undisclosed": undisclosed,
        "female_percent": percent(female, total), "participants": kinds,
    }  # fmt: skip


NOTHING = _sums(0, [])
