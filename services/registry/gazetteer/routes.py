"""Which list of areas this is, what is odd in it, and how the next one comes in."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy import func, select
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.gazetteer.imports import apply_list, review_list
from services.registry.gazetteer.items import Action
from services.registry.gazetteer.loader import loaded_edition
from services.registry.gazetteer.models import (
    Finding,
    FindingKind,
    GazetteerImport,
    GazetteerImportItem,
    ImportState,
)
from services.registry.gazetteer.schemas import (
    Edition,
    FindingRead,
    GazetteerRead,
    ImportItemRead,
    ImportRead,
    ImportReport,
    LevelCounts,
)
from services.registry.gazetteer.sending import BODY, AreaWriter, SentList, must_have_digest
from services.registry.gazetteer.sheet import items_sheet
from shared.areas import LEVELS, Level
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
        effective_on=gazetteer.effective_on,
        legal_reference=gazetteer.legal_reference,
        counts=LevelCounts.model_validate(counts),
        findings_count=findings or 0,
    )


@router.get("/findings")
async def list_findings(
    db: Transaction,
    page: Paging,
    kind: Annotated[FindingKind | None, Query()] = None,
    edition: Annotated[Edition | None, Query(description="Left out, the one in use", examples=["2025"])] = None,
) -> Page[FindingRead]:
    """What is odd in an edition of the list: village codes used twice or not under their commune, missing communes."""
    newest = None if edition else await loaded_edition(db)
    wanted = edition or (newest.edition if newest else "")
    statement = select(Finding).where(col(Finding.edition) == wanted)
    if kind is not None:
        statement = statement.where(col(Finding.kind) == kind)
    return await paginate(db, statement, page, keys=[col(Finding.id)], read=FindingRead.of)


@router.post(":import", openapi_extra=BODY)
async def import_gazetteer(
    sent: SentList,
    db: Transaction,
    dry_run: Annotated[bool, Query(description="Review only")] = True,
    digest: Annotated[str | None, Query(max_length=64, description="Of the review; needed to apply")] = None,
) -> ImportReport:
    """Compare the next list with the registry and, when it was reviewed, go over to it in one transaction.

    First with `dry_run=true`: the answer tells what is added, gone, moved, renumbered, renamed, and every problem (the
    last 20 reviews are kept). Where two areas are taken for the same and are not, send `keep_apart=old:new`; where they
    should be, `same=old:new`; where the territory of an area that ends went, `successor=old:new`. Then the same request
    again with `dry_run=false` and the `digest`: after any change since, it answers 409 `plan_changed`.
    """
    imported = await (review_list(db, sent) if dry_run else apply_list(db, sent, must_have_digest(digest)))
    return ImportReport.of_import(imported.kept, imported.items, imported.plan.oddities, dry_run=dry_run)


@router.get("/imports")
async def list_gazetteer_imports(
    user: AreaWriter, db: Transaction, page: Paging, state: Annotated[ImportState, Query()] = "applied"
) -> Page[ImportRead]:
    """The lists that were applied, or only reviewed, newest first: who, when, from which day, what changed."""
    user.must_cover("")
    statement = select(GazetteerImport).where(col(GazetteerImport.state) == state)
    return await paginate(db, statement, page, keys=[col(GazetteerImport.id)], read=ImportRead.of, newest_first=True)


@router.get("/imports/{import_id}")
async def read_gazetteer_import(import_id: UUID, user: AreaWriter, db: Transaction) -> ImportRead:
    """One import with its problems."""
    user.must_cover("")
    return ImportRead.of(await _get_import(db, import_id))


@router.get("/imports/{import_id}/items")
async def list_gazetteer_import_items(
    import_id: UUID,
    user: AreaWriter,
    db: Transaction,
    page: Paging,
    action: Annotated[Action | None, Query()] = None,
    level: Annotated[Level | None, Query()] = None,
    following: Annotated[bool, Query(description="Those too whose code only follows their parent's")] = True,
) -> Page[ImportItemRead]:
    """Every change of an import: those gone first, then added, moved, renumbered and renamed, from provinces down."""
    user.must_cover("")
    await _get_import(db, import_id)
    statement = select(GazetteerImportItem).where(col(GazetteerImportItem.import_id) == import_id)
    if action is not None:
        statement = statement.where(col(GazetteerImportItem.action) == action)
    if level is not None:
        statement = statement.where(col(GazetteerImportItem.level) == level)
    if not following:
        statement = statement.where(~col(GazetteerImportItem.follows))
    return await paginate(db, statement, page, keys=[col(GazetteerImportItem.position)], read=ImportItemRead.of_row)


@router.get(
    "/imports/{import_id}/items.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def download_gazetteer_import_items(import_id: UUID, user: AreaWriter, db: Transaction) -> Response:
    """Every change of an import as a sheet (CSV, UTF-8 with byte order mark), to be read beside the ministry's list."""
    user.must_cover("")
    kept = await _get_import(db, import_id)
    statement = select(GazetteerImportItem).where(col(GazetteerImportItem.import_id) == import_id)
    rows = await db.scalars(statement.order_by(col(GazetteerImportItem.position)))
    return Response(
        items_sheet(map(ImportItemRead.of_row, rows)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="gazetteer-{kept.edition}.csv"'},
    )


async def _get_import(db: Transaction, import_id: UUID) -> GazetteerImport:
    kept = await db.get(GazetteerImport, import_id)
    if kept is None:
        raise NotFound("import_not_found", en="There is no such import.", km="រកមិនឃើញការបញ្ចូលបញ្ជីនេះទេ។")
    return kept
