"""Where a unit differs from its kind."""

from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record
from services.registry.standards.effective import offered_by
from services.registry.standards.models import Standard, UnitStandard
from services.registry.standards.queries import find_standard, overrides_of, standards_of
from services.registry.standards.schemas import OfferedRead, StandardCode, UnitStandardInput, UnitStandardRead
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code, get_unit
from shared.areas import UnitCode
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.etag import Matching, MatchingOnceThere, set_etag
from shared.routing import Router

StandardOverrider = Annotated[User, Depends(Requires(Permission.STANDARD_OVERRIDE))]
MOST_OF_A_UNIT = 100
"""What one unit does otherwise and services of its own: all of it comes on one page and one poster."""

router = Router(prefix="/units/{code}/standards", tags=["standards"])


@router.get("")
async def list_unit_standards(code: UnitCode, db: Transaction) -> list[OfferedRead]:
    """The services as a unit offers them today, with where it differs from its kind; hidden ones among them."""
    unit = await get_by_any_code(db, code)
    offered = offered_by(await standards_of(db, [unit.kind]), await overrides_of(db, [unit.id]))
    return [OfferedRead.of(one) for one in offered]


@router.put("/{standard_code}")
async def put_unit_standard(
    code: UnitCode,
    standard_code: StandardCode,
    body: UnitStandardInput,
    user: StandardOverrider,
    if_match: MatchingOnceThere,
    db: Transaction,
    response: Response,
) -> UnitStandardRead:
    """Say what a unit does otherwise with a service of its kind, or add a service of its own.

    Only fields that are sent differ; what was said before is replaced. The first time without If-Match, later with it.
    """
    unit = await _get(db, code, user)
    _must_make_sense(body, await find_standard(db, unit.kind, standard_code))
    override = await _find(db, unit, standard_code)
    if_match.must_match(override.version if override else None)
    if override is None:
        await _must_have_room(db, unit)
        override = UnitStandard(unit_id=unit.id, code=standard_code, version=0)
        db.add(override)
    override.hidden, override.position, override.changes = body.hidden, body.position, body.changes()
    override.version += 1
    await db.flush()
    record(
        db, "standard", f"{unit.code}/{standard_code}", "overridden", by=user.id,
        hidden=body.hidden or None, position=body.position, **body.changes(),
    )  # fmt: skip
    set_etag(response, override.version)
    return UnitStandardRead.of(override)


@router.delete("/{standard_code}", status_code=204)
async def delete_unit_standard(
    code: UnitCode, standard_code: StandardCode, user: StandardOverrider, if_match: Matching, db: Transaction
) -> None:
    """Let a unit do as its kind does again, or give up a service of its own."""
    unit = await _get(db, code, user)
    override = await _find(db, unit, standard_code)
    if override is None:
        raise NotFound(
            "unit_standard_not_found",
            en=f"{unit.code} does nothing otherwise with {standard_code}.",
            km=f"អង្គភាព {unit.code} មិនមានការកែសម្រួលលើសេវា {standard_code} ទេ។",
        )
    if_match.must_match(override.version)
    await db.delete(override)
    record(db, "standard", f"{unit.code}/{standard_code}", "as_its_kind", by=user.id)


async def _get(db: AsyncSession, code: str, user: User) -> Unit:
    unit = await get_unit(db, code, lock=True)
    user.must_cover(unit.area_code, unit.code)
    unit.must_be_open()
    return unit


async def _find(db: AsyncSession, unit: Unit, code: str) -> UnitStandard | None:
    found: UnitStandard | None = await db.get(UnitStandard, (unit.id, code), populate_existing=True)
    return found


async def _must_have_room(db: AsyncSession, unit: Unit) -> None:
    if len(await overrides_of(db, [unit.id])) >= MOST_OF_A_UNIT:
        raise Conflict(
            "too_many_unit_standards",
            en=f"{unit.code} does {MOST_OF_A_UNIT} services otherwise already. Remove one first.",
            km=f"អង្គភាព {unit.code} មានសេវាផ្ទាល់ និងការកែសម្រួលលើសេវាចំនួន {MOST_OF_A_UNIT} រួចហើយ។ សូមលុបមួយជាមុនសិន។",
        )


def _must_make_sense(body: UnitStandardInput, standard: Standard | None) -> None:
    """Raise Invalid for a service without a name, or for one that is hidden and not the kind's."""
    if standard is None and body.hidden:
        raise Invalid.field(
            "/hidden",
            "not_of_kind",
            en="The kind has no such service: there is nothing to hide.",
            km="ប្រភេទអង្គភាពនេះគ្មានសេវានេះទេ ដូច្នេះមិនមានអ្វីត្រូវលាក់ទេ។",
        )
    for name in ("name_km", "name_en"):
        if getattr(body, name) is None and (standard is None or name in body.model_fields_set):
            raise Invalid.field(
                f"/{name}",
                "name_required",
                en="A service of the unit's own needs both names; to keep the kind's name, leave the field out.",
                km="សេវាផ្ទាល់របស់អង្គភាពត្រូវមានឈ្មោះទាំងពីរភាសា។ ដើម្បីរក្សាឈ្មោះដើម សូមកុំផ្ញើវាលនេះ។",
            )
