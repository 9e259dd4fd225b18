"""What the registry knows of the areas, topics and trainings that a file speaks of, read at once."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.cells import plain
from services.registry.organisations.naming import read_names
from services.registry.organisations.queries import acted_for
from services.registry.trainings.files import TrainingLine
from services.registry.trainings.models import TrainingTopic
from services.registry.trainings.planning import State
from shared.auth.user import User

ONE_FILE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.trainings'))")
"""The same file sent twice at once: the second finds the trainings there."""
AREAS = "SELECT code, id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id"
MEANT = """
    FROM training
    WHERE id = ANY(CAST(:ids AS uuid[]))
       OR (held_from = ANY(CAST(:days AS date[])) AND area_code = ANY(CAST(:codes AS text[])))
    ORDER BY id
"""
LOCK_TRAININGS = text(f"SELECT id {MEANT} FOR UPDATE")
TRAININGS = text(
    f"SELECT training.*, (SELECT count(*) FROM training_caf WHERE training_id = training.id) AS cafs_named {MEANT}"  # noqa: S608
)
"""Read after they are locked: whoever names facilitators holds the training."""


async def read_state(db: AsyncSession, lines: Sequence[TrainingLine], user: User, *, lock: bool) -> State:
    """The state; with `lock`, as it stays until the commit: areas, then trainings."""
    codes = sorted({line.area_code or "" for line in lines})
    days = sorted({line.held_from for line in lines if line.held_from is not None})
    ids = sorted({line.id for line in lines if line.id is not None})
    if lock:
        await db.execute(ONE_FILE_AT_A_TIME)
    areas = await db.execute(text(AREAS + (" FOR SHARE" if lock else "")), {"codes": codes})
    places = {row.code: row.id for row in areas}
    asked = {"ids": ids, "days": days, "codes": codes}
    if lock:
        await db.execute(LOCK_TRAININGS, asked)
    found = await db.execute(TRAININGS, asked)
    topics = await db.scalars(select(TrainingTopic).where(col(TrainingTopic.active)))
    named = {plain(name): topic.code for topic in topics for name in (topic.name_en, topic.name_km, topic.code)}
    trainings = [dict(row) for row in found.mappings()]
    return State(places, named, await read_names(db), trainings, await acted_for(db, user))
