"""Posters as they are kept: found, made where there is none, and forgotten when nobody asks for them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.packs.models import Pack
from services.registry.packs.schemas import PackContent
from services.registry.posters.compiling import Compiler, NotMade
from services.registry.posters.content import Size, poster_content
from services.registry.posters.models import Poster
from shared.language import Language

KEPT_DAYS = 30
MOST_KEPT = 30_000
"""A nation's posters in two sizes; about 2 GB."""
FIND = text(
    """
    SELECT pdf, used_on < CURRENT_DATE AS stale FROM poster
    WHERE pack_id = :pack_id AND size = :size AND lang = :lang AND edition = :edition
    """
)
USED = text("UPDATE poster SET used_on = CURRENT_DATE WHERE pack_id = :pack_id AND size = :size AND lang = :lang")
THERE = text(
    """
    SELECT pack_id FROM poster
    WHERE pack_id = ANY(CAST(:pack_ids AS uuid[])) AND size = :size AND lang = :lang AND edition = :edition
    """
)
FORGET_UNUSED = text("DELETE FROM poster WHERE used_on < CURRENT_DATE - CAST(:days AS integer)")
FORGET_OVER = text(
    """
    DELETE FROM poster WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM poster ORDER BY used_on DESC, pack_id DESC OFFSET :most))
    """
)


async def find_poster(db: AsyncSession, pack_id: UUID, size: Size, lang: Language, edition: str) -> bytes | None:
    """The poster as it was made before; asked for, it is kept for longer."""
    key = {"pack_id": pack_id, "size": size, "lang": lang}
    row = (await db.execute(FIND, key | {"edition": edition})).one_or_none()
    if row is None:
        return None
    if row.stale:
        await db.execute(USED, key)
    pdf: bytes = row.pdf
    return pdf


async def posters_there(
    db: AsyncSession, pack_ids: Sequence[UUID], size: Size, lang: Language, edition: str
) -> set[UUID]:
    """The packs of which there is such a poster."""
    values = {"pack_ids": list(pack_ids), "size": size, "lang": lang, "edition": edition}
    return set(await db.scalars(THERE, values))


async def make_poster(compiler: Compiler, pack: Pack, size: Size, lang: Language, public_url: str) -> bytes:
    """The poster of a pack. Raises NotMade."""
    try:
        content = PackContent.model_validate(pack.content)
    except ValidationError as error:
        raise NotMade("its content is of another form") from error
    address = f"{public_url}/i4c/{content.unit.code}"
    return await compiler.make(poster_content(content, size, lang, address))


async def keep_posters(db: AsyncSession, made: Mapping[UUID, bytes], size: Size, lang: Language, edition: str) -> None:
    """Keep posters by their packs, in place of those of an earlier edition."""
    if not made:
        return
    rows = [
        {"pack_id": pack_id, "size": size, "lang": lang, "edition": edition, "pdf": pdf}
        for pack_id, pdf in sorted(made.items())
    ]
    statement = insert(Poster)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["pack_id", "size", "lang"],
        set_={"pdf": new.pdf, "edition": new.edition, "used_on": func.current_date()},
    )
    await db.execute(statement, rows)


async def forget_posters(db: AsyncSession) -> None:
    """Forget those that nobody asked for in a month, and above the bound those that were not for longest."""
    await db.execute(FORGET_UNUSED, {"days": KEPT_DAYS})
    await db.execute(FORGET_OVER, {"most": MOST_KEPT})
