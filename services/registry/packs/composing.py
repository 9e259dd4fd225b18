"""Making the content of packs: what is to be said of units in a year, read for many of them at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.codes import MARK
from services.registry.areas.models import Area
from services.registry.data_elements.models import DataElement
from services.registry.data_elements.queries import elements_of
from services.registry.facts.queries import approved_facts
from services.registry.packs.schemas import PackArea, PackContent, PackFact, PackRight, PackStandard, PackUnit
from services.registry.standards.effective import offered_by
from services.registry.standards.models import CitizenRights, Standard, UnitStandard
from services.registry.standards.queries import overrides_of, rights_of, standards_of
from services.registry.unit_kinds.models import Kind
from services.registry.units.models import Unit

Facts = Mapping[str, Mapping[str, Any]]
"""By data element."""
YEARS_BACK = 2
"""A fact of the year before is shown where this year has none, and beside it the one before that."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that the packs of some units are made of."""

    kinds: Mapping[str, Kind]
    areas: Mapping[str, Area]
    standards: Mapping[str, Sequence[Standard]]
    overrides: Mapping[UUID, Sequence[UnitStandard]]
    rights: Mapping[str, CitizenRights]
    elements: Mapping[str, Sequence[DataElement]]
    facts: Mapping[tuple[UUID, int], Facts]
    """Approved ones, by unit and year."""


async def read_ingredients(db: AsyncSession, units: Sequence[Unit], year: int) -> Ingredients:
    """What the packs of these units need, in a handful of statements whatever their number."""
    kinds, ids = sorted({unit.kind for unit in units}), [unit.id for unit in units]
    codes = {code for unit in units for code in _upwards(unit.area_code)}
    known = select(Area).where(col(Area.code).in_(codes), col(Area.status) == "open")
    standards, elements = defaultdict[str, list[Standard]](list), defaultdict[str, list[DataElement]](list)
    overrides = defaultdict[UUID, list[UnitStandard]](list)
    for standard in await standards_of(db, kinds):
        standards[standard.kind].append(standard)
    for element in await elements_of(db, kinds):
        elements[element.kind].append(element)
    for override in await overrides_of(db, ids):
        overrides[override.unit_id].append(override)
    return Ingredients(
        kinds={kind.code: kind for kind in await db.scalars(select(Kind).where(col(Kind.code).in_(kinds)))},
        areas={area.code: area for area in await db.scalars(known)},
        standards=standards,
        overrides=overrides,
        rights=await rights_of(db, kinds),
        elements=elements,
        facts=await approved_facts(db, ids, [year - back for back in range(YEARS_BACK + 1)]),
    )


def compose(unit: Unit, year: int, version: int, today: date, known: Ingredients) -> PackContent:
    """The content of a unit's pack."""
    kind = known.kinds[unit.kind]
    offered = offered_by(known.standards.get(unit.kind, ()), known.overrides.get(unit.id, ()))
    shown = [one for one in offered if not one.hidden]
    rights = known.rights.get(unit.kind)
    return PackContent(
        unit=PackUnit(
            code=unit.code,
            kind=unit.kind,
            kind_name_km=kind.name_km,
            kind_name_en=kind.name_en,
            name_km=unit.name_km,
            name_en=unit.name_en,
            areas=tuple(
                PackArea.model_validate(known.areas[code], from_attributes=True)
                for code in _upwards(unit.area_code)
                if code in known.areas
            ),
        ),
        year=year,
        version=version,
        published_on=today,
        standards=tuple(PackStandard(code=one.code, **one.values) for one in shown),
        facts=facts_shown(known.elements.get(unit.kind, ()), _facts_of(unit, year, known), year),
        rights=tuple(PackRight(**right) for right in rights.texts) if rights else (),
        example=any(one.is_example for one in shown) or (rights is not None and rights.is_example),
    )


def facts_shown(elements: Sequence[DataElement], by_year: Sequence[Facts], year: int) -> tuple[PackFact, ...]:
    """The facts of a pack: of its year, else of the year before, each with the value of the year before that.

    `by_year` are approved facts, the pack's year first.
    """
    shown = []
    for element in elements:
        back = next((back for back in range(YEARS_BACK) if element.code in by_year[back]), None)
        if back is None:
            continue
        fact, before = by_year[back][element.code], by_year[back + 1].get(element.code, {})
        shown.append(
            PackFact(
                code=element.code,
                group=element.group,
                name_km=element.name_km,
                name_en=element.name_en,
                value_type=element.value_type,
                value=fact["value"],
                year=year - back,
                unit_km=element.unit_km,
                unit_en=element.unit_en,
                target=fact.get("target"),
                previous=before.get("value"),
            )
        )
    return tuple(shown)


def says_the_same(content: PackContent, before: PackContent) -> bool:
    """Whether a pack would tell nothing that the one before did not."""
    label = {"version": before.version, "published_on": before.published_on}
    return content.model_copy(update=label) == before


def _facts_of(unit: Unit, year: int, known: Ingredients) -> list[Facts]:
    return [known.facts.get((unit.id, year - back), {}) for back in range(YEARS_BACK + 1)]


def _upwards(area_code: str) -> list[str]:
    """The codes of an area and those above it, from the province down; of one that is no more, those that stand."""
    standing = area_code.partition(MARK)[0]
    return [standing[:length] for length in range(2, len(standing) + 1, 2)]
