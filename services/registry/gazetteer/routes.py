"""Which list of areas this is, and what is odd in it."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import func, select
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.gazetteer.loader import loaded_edition
from services.registry.gazetteer.models import Finding, FindingKind
from services.registry.gazetteer.schemas import FindingRead, GazetteerRead, LevelCounts
from shared.areas import LEVELS
from shared.db import Transaction
from shared.errors import NotFound
from shared.paging import Page, Paging, paginate
from shared.routing import Router

router = Router(prefix="/gazetteer", tags=["gazetteer"])


@router.get("")
async def read_gazetteer(db: Transaction) -> GazetteerRead:
    """The edition of the official list in use, with the number of areas at each level."""
    gazetteer = await loaded_edition(db)
    if gazetteer is None:
        raise NotFound(
            "gazetteer_not_loaded",
            en="No gazetteer is loaded yet: python -m services.registry.admin load-gazetteer",
            km="មិនទាន់បានបញ្ចូលបញ្ជីរដ្ឋបាលនៅឡើយទេ។",
        )
    open_areas = select(col(Area.level), func.count().label("total")).where(col(Area.status) == "open")
    counts = dict.fromkeys(LEVELS, 0) | {
        row.level: row.total for row in await db.execute(open_areas.group_by(col(Area.level)))
    }
    findings = await db.scalar(select(func.count()).where(col(Finding.edition) == gazetteer.edition))
    return GazetteerRead(
        edition=gazetteer.edition,
        source=gazetteer.source,
        counts=LevelCounts.model_validate(counts),
        findings_count=findings or 0,
    )


@router.get("/findings")
async def list_findings(
    db: Transaction, page: Paging, kind: Annotated[FindingKind | None, Query()] = None
) -> Page[FindingRead]:
    """What is odd in the official list: village codes used twice or not under their commune, missing communes."""
    statement = select(Finding) if kind is None else select(Finding).where(col(Finding.kind) == kind)
    return await paginate(db, statement, page, keys=[col(Finding.id)], read=FindingRead.of)
