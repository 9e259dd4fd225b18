"""Reads of areas that several features share, of today and of any day."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area, AreaChange, AreaPeriod
from services.registry.areas.schemas import ChangeReference
from shared.errors import Invalid, NotFound


async def find_area(db: AsyncSession, code: str, *, lock: bool = False, hold: bool = False) -> Area | None:
    """The area of a code: open ones first, then the one registered first. For `lock` and `hold` see get_open_area."""
    statement = select(Area).where(col(Area.code) == code).order_by(col(Area.status).desc(), col(Area.id)).limit(1)
    if lock or hold:
        statement = statement.with_for_update(read=not lock)
    found: Area | None = await db.scalar(statement)
    return found


async def get_open_area(
    db: AsyncSession, code: str, *, pointer: str = "/area_code", lock: bool = False, hold: bool = False
) -> Area:
    """The open area of a code. Raises Invalid naming the field.

    Whoever writes the code elsewhere has to `hold` the area, so that it is not renumbered before the commit; with
    `lock` nobody else can do so meanwhile.
    """
    area = await find_area(db, code, lock=lock, hold=hold)
    if area is None or area.status != "open":
        raise Invalid.field(
            pointer,
            "area_unknown",
            en=f"There is no area with the code {code} in the gazetteer.",
            km=f"គ្មានតំបន់ដែលមានលេខកូដ {code} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
        )
    return area


def area_not_found(code: str, day: date | None = None) -> NotFound:
    """The refusal of a code that no area bears, or bore on a day."""
    then, then_km = (f" on {day}", f"នៅថ្ងៃទី {day} ") if day else ("", "")
    return NotFound(
        "area_not_found",
        en=f"There is no area with the code {code}{then}.",
        km=f"រកមិនឃើញតំបន់ដែលមានលេខកូដ {code} {then_km}ទេ។",
    )


async def get_area_by_id(db: AsyncSession, area_id: UUID) -> Area:
    """The area of an id, as the database has it now. Raises NotFound."""
    area: Area | None = await db.get(Area, area_id, populate_existing=True)
    if area is None:
        raise NotFound("area_not_found", en="There is no area with this id.", km="រកមិនឃើញតំបន់ដែលមានលេខសម្គាល់នេះទេ។")
    return area


def periods_on(day: date) -> Select[AreaPeriod]:
    """Every area as it was on a day."""
    return select(AreaPeriod).where(
        col(AreaPeriod.valid_from) <= day, or_(col(AreaPeriod.valid_to).is_(None), col(AreaPeriod.valid_to) > day)
    )


async def periods_of_code(db: AsyncSession, code: str) -> Sequence[AreaPeriod]:
    """All periods of every area that ever bore a code, area by area, the oldest first."""
    bearers = select(col(AreaPeriod.area_id)).where(col(AreaPeriod.code) == code)
    statement = select(AreaPeriod).where(col(AreaPeriod.area_id).in_(bearers))
    return (await db.scalars(statement.order_by(col(AreaPeriod.area_id), col(AreaPeriod.seq)))).all()


async def was_ever(db: AsyncSession, code: str) -> bool:
    """Whether an area bears a code, or ever bore it."""
    return bool(await db.scalar(select(exists().where(col(AreaPeriod.code) == code))))


async def change_references(db: AsyncSession, periods: Sequence[AreaPeriod]) -> dict[UUID, ChangeReference]:
    """The changes that made and ended periods, by id."""
    ids = {change for period in periods for change in (period.made_by, period.ended_by) if change}
    columns = (AreaChange.id, AreaChange.kind, AreaChange.effective_on, AreaChange.legal_reference, AreaChange.note)
    rows = await db.execute(select(*(col(column) for column in columns)).where(col(AreaChange.id).in_(ids)))
    return {row.id: ChangeReference.model_validate(row, from_attributes=True) for row in rows}


async def areas_by_id(db: AsyncSession, ids: Sequence[UUID]) -> list[Area]:
    """Areas by id as the database has them now, in the order of their codes."""
    statement = select(Area).where(col(Area.id).in_(ids)).order_by(col(Area.code), col(Area.id))
    return list((await db.scalars(statement.execution_options(populate_existing=True))).all())
