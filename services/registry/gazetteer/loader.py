"""Loading the gazetteer into an empty registry, in one transaction with the events that tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.periods import begin_periods
from services.registry.areas.telling import tell_areas
from services.registry.gazetteer.models import Finding, Gazetteer
from services.registry.gazetteer.source import EDITION, SOURCE, Row, read_rows, separate
from shared.db import Database
from shared.settings import Settings

PATIENCE = text("SET LOCAL lock_timeout = '60s'")
"""Two migration jobs may start at once; the second waits until the first has loaded."""
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('registry.gazetteer'))")
INSERT = text(
    """
    INSERT INTO area (code, level, parent_code, name_km, name_en, status, valid_from, version)
    SELECT code, level, parent_code, name_km, name_en, 'open', CAST(:valid_from AS date), 1
    FROM unnest(
        CAST(:codes AS text[]), CAST(:levels AS text[]), CAST(:parents AS text[]),
        CAST(:names_km AS text[]), CAST(:names_en AS text[])
    ) WITH ORDINALITY AS row (code, level, parent_code, name_km, name_en, position)
    ORDER BY position
    RETURNING id, code, level, parent_code, name_km, name_en, status, valid_from, version
    """
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load."""

    edition: str
    areas: int
    findings: int


async def load_gazetteer(settings: Settings) -> Load | None:
    """Load the packaged gazetteer; None when one is there already, as going over to another is for people to decide."""
    database = Database(settings.database_url, service="registry", pool_size=1)
    try:
        async with database.transaction() as db:
            if await loaded_edition(db) is not None:
                return None
            await db.execute(PATIENCE)
            await db.execute(LOCK)
            if await loaded_edition(db) is not None:
                return None
            rows, oddities = separate(read_rows())
            db.add(Gazetteer(edition=EDITION, source=SOURCE))
            await db.flush()
            await _insert(db, rows)
            if oddities:
                found = [
                    {"kind": odd.kind, "code": odd.code, "detail_en": odd.detail_en, "detail_km": odd.detail_km}
                    for odd in oddities
                ]
                await db.execute(insert(Finding).values(edition=EDITION), found)
        log.info("gazetteer_loaded", edition=EDITION, source=SOURCE, areas=len(rows), findings=len(oddities))
        return Load(EDITION, len(rows), len(oddities))
    finally:
        await database.close()


async def loaded_edition(db: AsyncSession) -> Gazetteer | None:
    """The newest edition that is loaded."""
    newest: Gazetteer | None = await db.scalar(select(Gazetteer).order_by(col(Gazetteer.loaded_at).desc()).limit(1))
    return newest


async def _insert(db: AsyncSession, rows: Sequence[Row]) -> None:
    result = await db.execute(
        INSERT,
        {
            "valid_from": date(int(EDITION), 1, 1),
            "codes": [row.code for row in rows],
            "levels": [row.level for row in rows],
            "parents": [row.parent_code for row in rows],
            "names_km": [row.name_km for row in rows],
            "names_en": [row.name_en for row in rows],
        },
    )
    await begin_periods(db)
    await tell_areas(db, result.all())
