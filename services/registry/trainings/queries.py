"""Reads of trainings, and keeping which facilitators took part in them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.cafs.models import Caf
from services.registry.cafs.queries import CafReach
from services.registry.organisations.models import Organisation
from services.registry.trainings.models import GROUPS, Training, TrainingCaf, TrainingTopic
from shared.digits import khmer_digits
from shared.errors import FieldError, Invalid, NotFound

LOCK_CAFS = text("SELECT id FROM caf WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
"""Two trainings that name the same facilitator wait for each other, so that each counts the other's day."""
KEEP_LAST_TRAINED = text(
    """
    UPDATE caf SET last_trained_on = trained.day
    FROM (
        SELECT link.caf_id, max(training.held_until) FILTER (WHERE withdrawn_on IS NULL) AS day
        FROM training_caf AS link JOIN training ON training.id = link.training_id
        WHERE link.caf_id = ANY(CAST(:ids AS uuid[])) GROUP BY link.caf_id
        UNION ALL
        SELECT id, NULL FROM unnest(CAST(:ids AS uuid[])) AS id
        WHERE NOT EXISTS (SELECT FROM training_caf WHERE caf_id = id)
    ) AS trained
    WHERE caf.id = trained.caf_id AND caf.last_trained_on IS DISTINCT FROM trained.day
    """
)


async def get_training(db: AsyncSession, training_id: UUID, *, lock: bool = False) -> Training:
    """The training of an id. Raises NotFound."""
    found: Training | None = await db.get(
        Training, training_id, with_for_update=True if lock else None, populate_existing=lock
    )
    if found is None:
        raise NotFound("training_not_found", en="There is no such training.", km="រកមិនឃើញវគ្គបណ្ដុះបណ្ដាលនេះទេ។")
    return found


async def must_be_topic(db: AsyncSession, code: str) -> None:
    """Raise Invalid unless the topic is in the list and may be chosen."""
    topic: TrainingTopic | None = await db.get(TrainingTopic, code)
    if topic is None or not topic.active:
        raise topic_unknown(code, "/topic")


def topic_unknown(code: str, pointer: str) -> Invalid:
    """The refusal of a topic that is not in the list, or is chosen no more."""
    return Invalid.field(
        pointer,
        "topic_unknown",
        en=f"There is no topic {code} to choose; see /training-topics.",
        km=f"គ្មានប្រធានបទ {code} ឱ្យជ្រើសរើសទេ។ សូមមើល /training-topics។",
    )


def all_trainings() -> Select[*tuple[Any, ...]]:
    """Trainings as TrainingRead shows them."""
    named = (
        select(func.count()).where(col(TrainingCaf.training_id) == col(Training.id)).correlate(Training)
    ).scalar_subquery()
    return select(
        col(Training.id), col(Training.topic), col(Training.title), col(Training.organiser_id),
        col(Organisation.name_km).label("organiser_km"), col(Organisation.name_en).label("organiser_en"),
        col(Training.area_code), col(Training.held_from), col(Training.held_until), col(Training.withdrawn_on),
        col(Training.withdrawal_reason).label("withdrawal_reason"), col(Training.version), col(Training.participants),
        named.label("cafs_named"),
    ).join(Organisation, col(Organisation.id) == col(Training.organiser_id))  # fmt: skip


async def training_row(db: AsyncSession, training_id: UUID) -> Row[*tuple[Any, ...]]:
    """The row of all_trainings of one."""
    return (await db.execute(all_trainings().where(col(Training.id) == training_id))).one()


async def set_cafs(db: AsyncSession, training: Training, caf_ids: Sequence[UUID], reach: CafReach) -> None:
    """Keep which facilitators took part, and the day on which each was last trained.

    Raises Invalid for whom the caller does not see, and for more of them than participants of that kind. Those named
    before stay unless the caller sees and leaves them out.
    """
    before = set(await db.scalars(_linked(training.id)))
    seen = {caf.id for caf in await _cafs(db, {*caf_ids, *before}) if reach.covers(caf)}
    _must_be_seen(caf_ids, seen | before)
    after = (before - seen) | set(caf_ids)
    await db.execute(LOCK_CAFS, {"ids": sorted(before | after)})
    await db.execute(
        delete(TrainingCaf).where(
            col(TrainingCaf.training_id) == training.id, col(TrainingCaf.caf_id).in_(before - after)
        )
    )
    if new := after - before:
        await db.execute(insert(TrainingCaf), [{"training_id": training.id, "caf_id": caf_id} for caf_id in new])
    await keep_last_trained(db, before | after)


async def must_have_room(db: AsyncSession, training: Training) -> None:
    """Raise Invalid when more facilitators are named than took part."""
    there = sum(number for (kind, _), number in zip(GROUPS, training.participants, strict=True) if kind == "caf")
    named = select(func.count()).where(col(TrainingCaf.training_id) == training.id)
    listed = await db.scalar(named) or 0
    if listed > there:
        raise Invalid.field(
            "/caf_ids",
            "more_cafs_than_took_part",
            en=f"{listed} facilitators are named, but only {there} are counted among the participants.",
            km=f"មានអ្នកសម្របសម្រួល {khmer_digits(listed)} នាក់ក្នុងបញ្ជី ប៉ុន្តែចំនួនអ្នកចូលរួមមានតែ {khmer_digits(there)} នាក់។",
        )


async def keep_last_trained(db: AsyncSession, caf_ids: Collection[UUID]) -> None:
    """Let each facilitator's record say when the latest training that names it ended."""
    if caf_ids:
        await db.execute(KEEP_LAST_TRAINED, {"ids": list(caf_ids)})


async def linked_cafs(db: AsyncSession, training_ids: Collection[UUID]) -> Sequence[UUID]:
    """The facilitators whom trainings name, locked so that nobody counts them at the same time."""
    named = select(col(TrainingCaf.caf_id)).where(col(TrainingCaf.training_id).in_(training_ids)).distinct()
    ids = (await db.scalars(named)).all()
    await db.execute(LOCK_CAFS, {"ids": sorted(ids)})
    return ids


def _linked(training_id: UUID) -> Select[*tuple[UUID]]:
    return select(col(TrainingCaf.caf_id)).where(col(TrainingCaf.training_id) == training_id)


async def _cafs(db: AsyncSession, ids: Collection[UUID]) -> Sequence[Caf]:
    return (await db.scalars(select(Caf).where(col(Caf.id).in_(ids)))).all() if ids else []


def _must_be_seen(caf_ids: Sequence[UUID], known: Collection[UUID]) -> None:
    wrong = [
        FieldError(
            f"/caf_ids/{position}",
            "caf_unknown",
            "There is no facilitator of this id whose record you see.",
            "គ្មានអ្នកសម្របសម្រួលដែលមានលេខសម្គាល់នេះ ដែលអ្នកអាចមើលកំណត់ត្រាបានទេ។",
        )
        for position, caf_id in enumerate(caf_ids)
        if caf_id not in known
    ]
    if wrong:
        raise Invalid("caf_unknown", en=wrong[0].en, km=wrong[0].km, errors=wrong)
