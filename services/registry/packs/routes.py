"""Publishing a unit's pack, and reading it as it was published."""

from typing import Annotated

from fastapi import Depends, Header, Query, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.packs.composing import compose, read_ingredients
from services.registry.packs.models import Pack
from services.registry.packs.publishing import must_have_come_near, publish_packs, withdrawn
from services.registry.packs.queries import find_pack, get_pack
from services.registry.packs.schemas import PackContent, PackVersion, Withdrawal
from services.registry.packs.telling import tell_packs
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code, get_unit
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, InternalError, NotFound
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.routing import Router
from shared.schemas import Year

PackPublisher = Annotated[User, Depends(Requires(Permission.PACK_PUBLISH))]
OfYear = Annotated[Year | None, Query(description="Left out, the last year that has a pack; a version needs it")]
OfVersion = Annotated[int | None, Query(ge=1, le=1_000_000, description="Left out, the one shown now")]

router = Router(prefix="/units/{code}", tags=["packs"])


@router.get("/packs")
async def list_unit_packs(code: UnitCode, db: Transaction, page: Paging) -> Page[PackVersion]:
    """All versions of a unit's packs that were ever published, the newest first, with why any was withdrawn."""
    unit = await get_by_any_code(db, code)
    statement = select(Pack).where(col(Pack.unit_id) == unit.id)
    keys = [col(Pack.year), col(Pack.version)]
    return await paginate(
        db, statement, page, keys=keys, read=lambda pack: PackVersion.of(pack, unit.code), newest_first=True
    )


@router.get("/pack")
async def read_unit_pack(
    code: UnitCode,
    db: Transaction,
    response: Response,
    year: OfYear = None,
    version: OfVersion = None,
    if_none_match: Annotated[str | None, Header(description="The ETag of the pack that you have")] = None,
) -> PackContent:
    """A unit's information for citizens as it was published; an old code of the unit leads to it, too.

    410 where it was withdrawn.
    """
    unit = await get_by_any_code(db, code)
    pack = await get_pack(db, unit, year, version)
    etag = f'"{pack.id}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=60"}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)  # type: ignore[return-value]
    response.headers.update(headers)
    return PackContent.model_validate(pack.content)


@router.get("/pack-preview")
async def preview_unit_pack(code: UnitCode, year: Year, user: PackPublisher, db: Transaction) -> PackContent:
    """What would be published of a unit's year now; nothing is."""
    unit = await get_by_any_code(db, code)
    user.must_cover(unit.area_code)
    return compose(unit, year, 1, today_in_cambodia(), await read_ingredients(db, [unit], year))


@router.post("/packs/{year}:publish", status_code=201)
async def publish_unit_pack(
    code: UnitCode, year: Year, user: PackPublisher, db: Transaction, response: Response
) -> PackVersion:
    """Publish what a unit's services, its approved facts and its citizens' rights are now, as a version that stays.

    Where that says nothing new, the version that there is answers with 200. A pack without facts (`facts` 0) tells of
    services alone. Facts come from the year, or from the year before where it has none.
    """
    await must_have_come_near(db, year, "path/year")
    unit = await _get(db, code, user)
    unit.must_be_open()
    [one] = await publish_packs(db, [unit], year, by=user.id)
    if one.outcome == "empty":
        raise Conflict(
            "pack_empty",
            en=f"There is nothing to publish of {unit.code}: its kind has no services, and no fact is approved.",
            km=f"គ្មានអ្វីត្រូវផ្សព្វផ្សាយសម្រាប់ {unit.code} ទេ៖ ប្រភេទនេះគ្មានសេវា ហើយក៏គ្មានទិន្នន័យដែលបានអនុម័តដែរ។",
        )
    if one.pack is None or one.outcome == "failed":
        raise InternalError("pack_not_made", en="The pack could not be made.", km="មិនអាចបង្កើតកញ្ចប់ព័ត៌មានបានទេ។")
    if one.outcome == "unchanged":
        response.status_code = 200
    return PackVersion.of(one.pack, unit.code)


@router.post("/packs/{year}/{version}:withdraw")
async def withdraw_unit_pack(
    code: UnitCode, year: Year, version: int, body: Withdrawal, user: PackPublisher, db: Transaction
) -> PackVersion:
    """Take a version back; citizens are shown none of that year until the next is published."""
    unit = await _get(db, code, user)
    pack = await find_pack(db, unit.id, year, version) if 0 < version <= 1_000_000 else None
    if pack is None:
        raise NotFound(
            "pack_not_found",
            en=f"{unit.code} has no pack {version} of {year}.",
            km=f"{unit.code} គ្មានកញ្ចប់ព័ត៌មានកំណែទី {version} សម្រាប់ឆ្នាំ {year} ទេ។",
        )
    pack.withdraw(body.reason, by=user.id)
    record(db, "pack", f"{unit.code}/{year}", "withdrawn", by=user.id, version=version, reason=body.reason)
    await emit(db, withdrawn(unit, pack, body.reason))
    await tell_packs(db, [unit.id])
    return PackVersion.of(pack, unit.code)


async def _get(db: AsyncSession, code: str, user: User) -> Unit:
    """The unit, locked: two who publish its pack wait for each other here."""
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code)
    return unit
