"""Packs as other tests need them: a content of any size, and one that is published without further ado."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from services.registry.packs.models import Pack
from services.registry.packs.schemas import PackArea, PackContent, PackFact, PackRight, PackStandard, PackUnit
from services.registry.units.models import Unit
from tests.registry.conftest import Registry

PUBLISHER = UUID("00000000-0000-4000-8000-0000000000aa")


def content_of(code: str = "HC-020201-1", standards: int = 3, facts: int = 4, **changes: Any) -> PackContent:
    """A content with so many standards and facts, half of the facts of the budget."""
    return PackContent(
        unit=PackUnit(
            code=code, kind="health_centre", kind_name_km="មណ្ឌលសុខភាព", kind_name_en="Health centre",
            name_km="មណ្ឌលសុខភាពតាពូង", name_en="Ta Pung Health Centre",
            areas=(
                PackArea(code="02", level="province", name_km="បាត់ដំបង", name_en="Battambang"),
                PackArea(code="0202", level="district", name_km="ថ្មគោល", name_en="Thma Koul"),
                PackArea(code="020201", level="commune", name_km="តាពូង", name_en="Ta Pung"),
            ),
        ),
        year=2026, version=1, published_on=date(2026, 1, 15),
        standards=tuple(_standard(number) for number in range(1, standards + 1)),
        facts=tuple(_fact(number) for number in range(1, facts + 1)),
        rights=(PackRight(km="ទទួលបានការថែទាំដោយគោរព", en="To be cared for with respect"),),
        example=True,
    ).model_copy(update=changes)  # fmt: skip


async def publish(registry: Registry, code: str = "HC-020201-1", year: int = 2026, **changes: Any) -> Pack:
    """Publish the next version of a registered unit's year, with content_of's content, as the endpoint would."""
    async with registry.client.runtime.database.transaction() as db:
        unit = (await db.scalars(select(Unit).where(col(Unit.code) == code))).one()
        before = (await db.scalars(select(Pack).where(col(Pack.unit_id) == unit.id, col(Pack.year) == year))).all()
        await db.execute(update(Pack).where(col(Pack.unit_id) == unit.id, col(Pack.year) == year).values(current=False))
        content = content_of(code, year=year, version=len(before) + 1, **changes)
        pack = Pack(
            unit_id=unit.id, year=year, version=content.version, content=content.model_dump(mode="json"),
            facts=len(content.facts), published_by=PUBLISHER,
        )  # fmt: skip
        db.add(pack)
        await db.flush()
        return pack


def _standard(number: int) -> PackStandard:
    return PackStandard(
        code=f"service_{number}", name_km=f"សេវាទី {number}", name_en=f"Service {number}",
        fee_riel=(None, 0, 2000)[number % 3],
        fee_note_km="ឥតគិតថ្លៃសម្រាប់អ្នកមានប័ណ្ណក្រីក្រ", fee_note_en="Free with an ID-Poor card",
        time_km="៣០ នាទី", time_en="30 minutes",
        documents_km="ប័ណ្ណក្រីក្រ ប្រសិនបើមាន", documents_en="ID-Poor card, where there is one",
        right_km="ទទួលបានការពន្យល់", right_en="To have it explained",
    )  # fmt: skip


def _fact(number: int) -> PackFact:
    return PackFact(
        code=f"fact_{number}", group="budget" if number % 2 else "performance", name_km=f"ទិន្នន័យទី {number}",
        name_en=f"Fact {number}", value_type="riel" if number % 2 else "count", value=number * 1_250_000,
        year=2025, unit_km=None if number % 2 else "នាក់", unit_en=None if number % 2 else "persons",
    )  # fmt: skip
