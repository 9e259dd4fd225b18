"""Publishing packs of some units: what each would say, and a new version where that is news."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.codes import last_code
from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record_all
from services.registry.packs.composing import Ingredients, compose, read_ingredients, says_the_same
from services.registry.packs.models import Outcome, Pack
from services.registry.packs.schemas import PackContent
from services.registry.packs.telling import tell_packs
from services.registry.units.models import Unit
from shared.digits import khmer_digits
from shared.errors import Invalid
from shared.events.registry import PackPublished, PackWithdrawn
from shared.outbox import emit_all

SUPERSEDE = text(
    "UPDATE pack SET current = false WHERE year = :year AND unit_id = ANY(CAST(:units AS uuid[])) AND current"
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """What came of a unit."""

    unit: Unit
    outcome: Outcome
    pack: Pack | None = None
    """The one that is current now."""
    error: str | None = None


async def publish_packs(db: AsyncSession, units: Sequence[Unit], year: int, *, by: UUID) -> list[Published]:
    """Publish what is news; the caller holds the units' locks, so that nobody publishes the same version beside.

    Call it last in a transaction, as it writes the feed.
    """
    known = await read_ingredients(db, units, year)
    ids = [unit.id for unit in units]
    versions = await _last_versions(db, ids, year)
    statement = select(Pack).where(col(Pack.unit_id).in_(ids), col(Pack.year) == year, col(Pack.current))
    current = {pack.unit_id: pack for pack in await db.scalars(statement)}
    found = []
    for unit in units:
        found.append(_consider(unit, year, versions.get(unit.id, 0) + 1, current.get(unit.id), known, by))
        await asyncio.sleep(0)  # others get their turn: a pack takes a millisecond of the processor
    new = {one.unit.code: one.pack for one in found if one.outcome == "published" and one.pack}
    await db.execute(SUPERSEDE, {"year": year, "units": [pack.unit_id for pack in new.values()]})
    db.add_all(new.values())
    await db.flush()
    await record_all(db, "pack", _trail(new), by=by)
    await emit_all(db, (_told(one.unit, one.pack) for one in found if one.outcome == "published" and one.pack))
    await tell_packs(db, [pack.unit_id for pack in new.values()])
    return found


async def must_have_come_near(db: AsyncSession, year: int, pointer: str) -> None:
    """Raise Invalid for a year after the next one: a mistyped one would be the last year, which citizens are shown.

    The next one is that after today's, or after the last year with packs where that is ahead, as in a year that is
    played.
    """
    last = today_in_cambodia().year + 1
    if year > last:
        last = max(last, (await db.scalar(select(func.max(Pack.year))) or 0) + 1)
    if year > last:
        raise Invalid.field(
            pointer,
            "year_too_late",
            en=f"Packs are published up to the year {last}.",
            km=f"កញ្ចប់ព័ត៌មានអាចផ្សព្វផ្សាយបានត្រឹមឆ្នាំ {khmer_digits(str(last))}។",
        )


def withdrawn(unit: Unit, pack: Pack, reason: str) -> PackWithdrawn:
    """The event of a withdrawal."""
    return PackWithdrawn(**_label(unit, pack), reason=reason)


def _consider(unit: Unit, year: int, version: int, before: Pack | None, known: Ingredients, by: UUID) -> Published:
    """What is to be published of a unit; what goes wrong with one keeps no other back."""
    try:
        content = compose(unit, year, version, today_in_cambodia(), known)
        if before is not None and says_the_same(content, PackContent.model_validate(before.content)):
            return Published(unit, "unchanged", before)
    except Exception as error:
        log.exception("pack_not_made", unit=unit.code, year=year)
        return Published(unit, "failed", before, type(error).__name__)
    if not content.standards and not content.facts:
        return Published(unit, "empty", before, "pack_empty")
    pack = Pack(
        unit_id=unit.id,
        year=year,
        version=version,
        content=content.model_dump(mode="json"),
        facts=len(content.facts),
        published_by=by,
    )
    return Published(unit, "published", pack)


async def _last_versions(db: AsyncSession, unit_ids: Sequence[UUID], year: int) -> dict[UUID, int]:
    statement = select(col(Pack.unit_id), func.max(col(Pack.version)).label("version")).where(
        col(Pack.unit_id).in_(unit_ids), col(Pack.year) == year
    )
    return {row.unit_id: row.version for row in await db.execute(statement.group_by(col(Pack.unit_id)))}


def _trail(new: Mapping[str, Pack]) -> list[tuple[str, str, dict[str, int]]]:
    return [
        (f"{code}/{pack.year}", "published", {"version": pack.version, "facts": pack.facts})
        for code, pack in new.items()
    ]


def _told(unit: Unit, pack: Pack) -> PackPublished:
    return PackPublished(**_label(unit, pack), facts=pack.facts)


def _label(unit: Unit, pack: Pack) -> dict[str, UUID | str | int]:
    return {
        "pack_id": pack.id,
        "unit_code": unit.code,
        "unit_kind": unit.kind,
        "unit_name_km": unit.name_km,
        "unit_name_en": unit.name_en,
        "area_code": last_code(unit.area_code),
        "year": pack.year,
        "version": pack.version,
    }
