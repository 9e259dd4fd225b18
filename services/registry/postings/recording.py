"""Recording postings once, one or many, each judged on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.packs.models import Pack
from services.registry.phone_records import Outcome, Recorded, keep_new, take_each
from services.registry.postings.models import Posting
from services.registry.postings.schemas import PostingInput
from services.registry.units.models import Unit
from services.registry.units.queries import get_by_any_code
from shared.auth.user import User
from shared.errors import Conflict, Invalid, Problem

LOCK_UNITS = text("SELECT id FROM unit WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE")
"""In one order, so that two phones that send for the same units wait in a line."""


async def record_postings(db: AsyncSession, sent: Sequence[PostingInput], user: User) -> list[Outcome[Posting]]:
    """What became of each posting, in their order; what one is refused for harms no other."""

    async def judge() -> list[Outcome[Posting]]:
        desk = await _open_desk(db, sent)
        return take_each(sent, lambda one: desk.take(one, user))

    outcomes, _ = await keep_new(db, judge)
    return outcomes


async def must_show_a_pack(db: AsyncSession, posting: Posting, version: int, posted_on: date) -> None:
    """Raise Invalid for a version that the unit's year never had, or a day on which that was not there yet."""
    days = await _days_of_packs(db, [posting.unit_id])
    _check(days.get((posting.unit_id, posting.year, version)), posting.year, version, posted_on)


async def _open_desk(db: AsyncSession, sent: Sequence[PostingInput]) -> "_Desk":
    """Lock the units, in one order, and read what is recorded of them."""
    units: dict[str, Unit | Problem] = {}
    for code in {one.unit_code for one in sent}:
        try:
            units[code] = await get_by_any_code(db, code)
        except Problem as problem:
            units[code] = problem
    ids = [unit.id for unit in units.values() if isinstance(unit, Unit)]
    await db.execute(LOCK_UNITS, {"ids": ids})
    return _Desk(units, await _known(db, sent), await _days_of_packs(db, ids))


async def _known(db: AsyncSession, sent: Sequence[PostingInput]) -> dict[UUID, Posting]:
    statement = select(Posting).where(col(Posting.id).in_([one.id for one in sent]))
    return {posting.id: posting for posting in await db.scalars(statement)}


async def _days_of_packs(db: AsyncSession, unit_ids: Sequence[UUID]) -> dict[tuple[UUID, int, int], date]:
    """When each version of each year of units was published, in Cambodia."""
    day = col(Pack.content)["published_on"].astext
    statement = select(col(Pack.unit_id), col(Pack.year), col(Pack.version), day.label("day"))
    rows = await db.execute(statement.where(col(Pack.unit_id).in_(unit_ids)))
    return {(row.unit_id, row.year, row.version): date.fromisoformat(row.day) for row in rows}


@dataclass(slots=True)
class _Desk:
    """What is known of the units whose postings were sent."""

    units: dict[str, Unit | Problem]
    known: dict[UUID, Posting]
    packs: dict[tuple[UUID, int, int], date]

    def take(self, sent: PostingInput, user: User) -> Recorded[Posting]:
        """The posting, new or as it was sent before. Raises why it cannot be."""
        unit = self.units[sent.unit_code]
        if isinstance(unit, Problem):
            raise Invalid.field("/unit_code", "unit_unknown", en=unit.en, km=unit.km)
        user.must_cover(unit.area_code, unit.code)
        before = self.known.get(sent.id)
        if before is not None:
            return Recorded(_same(before, sent, unit), is_new=False)
        _check(self.packs.get((unit.id, sent.year, sent.pack_version)), sent.year, sent.pack_version, sent.posted_on)
        posting = Posting(
            id=sent.id, unit_id=unit.id, year=sent.year, recorded_by=user.id, sent_hash=sent.digest(), **sent.values()
        )
        self.known[sent.id] = posting
        return Recorded(posting, is_new=True)


def _check(published_on: date | None, year: int, version: int, posted_on: date) -> None:
    if published_on is None:
        raise Invalid.field(
            "/pack_version",
            "pack_unknown",
            en=f"The unit has no pack {version} of {year}: year and version stand at the poster's foot.",
            km=f"អង្គភាពនេះគ្មានកញ្ចប់ព័ត៌មានកំណែទី {version} សម្រាប់ឆ្នាំ {year} ទេ៖ ឆ្នាំ និងកំណែមាននៅផ្នែកខាងក្រោមនៃផ្ទាំង។",
        )
    if posted_on > today_in_cambodia():
        raise Invalid.field(
            "/posted_on",
            "date_in_future",
            en="A poster is recorded once it hangs: the day must not lie in the future.",
            km="ផ្ទាំងព័ត៌មានត្រូវកត់ត្រាក្រោយពេលបានបិទរួច៖ កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ។",
        )
    if posted_on < published_on:
        raise Invalid.field(
            "/posted_on",
            "before_publication",
            en=f"This version was published on {published_on}; a poster of it cannot have hung before.",
            km=f"កំណែនេះត្រូវបានផ្សព្វផ្សាយនៅថ្ងៃទី {published_on}; ផ្ទាំងរបស់វាមិនអាចបិទមុនថ្ងៃនោះបានទេ។",
        )


def _same(before: Posting, sent: PostingInput, unit: Unit) -> Posting:
    """The posting that was recorded under the same id. Raises Conflict when it was another one."""
    if not before.says(sent.values() | {"unit_id": unit.id, "year": sent.year}, sent.digest()):
        raise Conflict(
            "conflict",
            en="A different posting is recorded under this id. A new posting needs a new id; correct one by PUT.",
            km="លេខសម្គាល់នេះមានកំណត់ត្រាផ្សេងរួចហើយ។ ការបិទផ្សាយថ្មីត្រូវមានលេខសម្គាល់ថ្មី; បើចង់កែ សូមកែកំណត់ត្រាដើម។",
        )
    return before
