"""Loading the packaged gazetteer into an empty registry, in one transaction with the events that tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.periods import begin_periods
from services.registry.areas.telling import tell_areas
from services.registry.gazetteer.checking import Oddity, check_list
from services.registry.gazetteer.models import Finding, Gazetteer, GazetteerImport
from services.registry.gazetteer.rows import Row
from services.registry.gazetteer.source import packaged_edition, packaged_source, read_package
from shared.areas import LEVELS
from shared.db import Database
from shared.settings import Settings

PATIENCE = text("SET LOCAL lock_timeout = '60s'")
"""Two migration jobs, or two officials, may start at once; the second waits until the first is done."""
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
    RETURNING id, code, level, parent_code, name_km, name_en, status, version, valid_from
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
            await lock_gazetteer(db)
            if await loaded_edition(db) is not None:
                return None
            checked = check_list(read_package().rows, [])
            load = Load(packaged_edition(), len(checked.rows), len(checked.oddities))
            await _note(db, load, checked.rows)
            await keep_findings(db, load.edition, checked.oddities)
            await _insert(db, checked.rows, first_day(load.edition))
        log.info("gazetteer_loaded", edition=load.edition, areas=load.areas, findings=load.findings)
        return load
    finally:
        await database.close()


async def lock_gazetteer(db: AsyncSession) -> None:
    """Let nobody else load a list until the commit."""
    await db.execute(PATIENCE)
    await db.execute(LOCK)


async def loaded_edition(db: AsyncSession) -> Gazetteer | None:
    """The newest edition that is loaded."""
    newest: Gazetteer | None = await db.scalar(select(Gazetteer).order_by(col(Gazetteer.loaded_at).desc()).limit(1))
    return newest


async def keep_findings(db: AsyncSession, edition: str, oddities: Sequence[Oddity]) -> None:
    """Keep what is odd in an edition, whose row is there already."""
    if oddities:
        found = [
            {"kind": odd.kind, "code": odd.code, "detail_en": odd.detail_en, "detail_km": odd.detail_km}
            for odd in oddities
        ]
        await db.execute(insert(Finding).values(edition=edition), found)


def first_day(edition: str) -> date:
    """The day from which an edition holds where nobody says otherwise: its year's first."""
    return date(int(edition[:4]), 1, 1)


async def _note(db: AsyncSession, load: Load, rows: Sequence[Row]) -> None:
    """Write the edition down, and how it came here."""
    source, day = packaged_source(), first_day(load.edition)
    totals = {level: sum(row.level == level for row in rows) for level in LEVELS}
    db.add(Gazetteer(edition=load.edition, source=source, effective_on=day))
    db.add(
        GazetteerImport(
            state="applied",
            edition=load.edition,
            source=source,
            effective_on=day,
            digest="",
            counts={level: {"listed": total, "added": total} for level, total in totals.items()},
            problems=[],
            findings_count=load.findings,
            left_out=[],
        )
    )
    await db.flush()


async def _insert(db: AsyncSession, rows: Sequence[Row], valid_from: date) -> None:
    result = await db.execute(
        INSERT,
        {
            "valid_from": valid_from,
            "codes": [row.code for row in rows],
            "levels": [row.level for row in rows],
            "parents": [row.parent_code for row in rows],
            "names_km": [row.name_km for row in rows],
            "names_en": [row.name_en for row in rows],
        },
    )
    areas = result.all()
    await begin_periods(db)
    await tell_areas(db, areas)
