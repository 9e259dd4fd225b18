"""Reads of participation that lists, files and the feed share, and the locks under which it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.areas.queries import find_area
from services.registry.participation.models import DISTRICT, Participation, Side
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code, get_unit
from shared.areas import level_of
from shared.errors import Conflict, NotFound
from shared.registry_copy import under

ONE = text("SELECT pg_advisory_xact_lock_shared(hashtext('registry.participation'))")
MANY = text("SELECT pg_advisory_xact_lock(hashtext('registry.participation'))")
"""Whoever writes many waits for those who write one, and they for it: it reads first what it will write."""

CODE = func.coalesce(col(Unit.code), col(Area.code))
PLACE = col(Participation.area_code)
KIND = func.coalesce(col(Unit.kind), literal_column(f"'{DISTRICT}'"))


@dataclass(frozen=True, slots=True)
class Subject:
    """What takes part: a unit, or a district's administration."""

    code: str
    area_code: str
    unit_id: UUID | None = None
    area_id: UUID | None = None


async def get_subject(db: AsyncSession, code: str, *, lock: bool = False) -> Subject:
    """The unit or district of a code. Raises NotFound; with `lock`, Conflict also when it is closed."""
    if not code.isdigit():
        unit = await get_unit(db, code, lock=True) if lock else await get_by_any_code(db, code)
        _must_be_open(code, unit.status, lock)
        return Subject(unit.code, unit.area_code, unit_id=unit.id)
    area = await find_area(db, code, lock=lock)
    if area is None or level_of(code) != "district":
        raise NotFound(
            "district_not_found",
            en=f"There is no district with the code {code}.",
            km=f"រកមិនឃើញក្រុង ស្រុក ខណ្ឌ ដែលមានលេខកូដ {code} ទេ។",
        )
    _must_be_open(code, area.status, lock)
    return Subject(area.code, area.code, area_id=area.id)


def _must_be_open(code: str, status: str, matters: bool) -> None:
    if matters and status != "open":
        raise Conflict(
            "subject_closed",
            en=f"{code} is closed: what was said of its years stays as it is.",
            km=f"{code} ត្រូវបានបិទហើយ៖ ទិន្នន័យឆ្នាំមុនៗរបស់វានៅដដែល។",
        )


async def find_participation(db: AsyncSession, year: int, subject: Subject) -> Participation | None:
    """What is said of a subject's year."""
    statement = select(Participation).where(col(Participation.year) == year)
    if subject.unit_id is not None:
        statement = statement.where(col(Participation.unit_id) == subject.unit_id)
    else:
        statement = statement.where(col(Participation.area_id) == subject.area_id)
    found: Participation | None = await db.scalar(statement)
    return found


def all_participations() -> Select[*tuple[Any, ...]]:
    """Participation with the unit or district it is of, as ParticipationRead shows it."""
    return (
        select(
            col(Participation.id), col(Participation.year), CODE.label("code"), KIND.label("kind"),
            col(Participation.unit_id), PLACE,
            func.coalesce(col(Unit.name_km), col(Area.name_km)).label("name_km"),
            func.coalesce(col(Unit.name_en), col(Area.name_en)).label("name_en"),
            col(Participation.supply_side), col(Participation.demand_side), col(Participation.supporting_ngo),
            col(Participation.supporter_id),
            col(Participation.note), col(Participation.version),
        )
        .select_from(Participation)
        .outerjoin(Unit, col(Unit.id) == col(Participation.unit_id))
        .outerjoin(Area, col(Area.id) == col(Participation.area_id))
    )  # fmt: skip


def of_year(year: int, area: str, kind: str | None, side: Side | None) -> Select[*tuple[Any, ...]]:
    """What is said of a year in an area and below."""
    statement = under(all_participations().where(col(Participation.year) == year), PLACE, area)
    if kind is not None:
        statement = statement.where(KIND.in_([kind]))
    if side is not None:
        statement = statement.where(_has(side))
    return statement


def _has(side: Side) -> ColumnElement[bool]:
    supply, demand = col(Participation.supply_side), col(Participation.demand_side)
    conditions = {"supply": and_(supply), "demand": and_(demand), "both": supply & demand, "none": ~supply & ~demand}
    return conditions[side]


async def participations_by_id(db: AsyncSession, ids: Sequence[UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of all_participations by id."""
    return (await db.execute(all_participations().where(col(Participation.id).in_(ids)))).all()
