"""What the registry knows of the communes and facilitators that a file speaks of, read at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.cafs.columns import CafLine
from services.registry.cafs.queries import hold_areas
from services.registry.organisations.naming import Names, read_names

ONE_FILE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.cafs'))")
"""The same file sent twice at once names the same new people: the second finds them there."""
COMMUNES = text(
    "SELECT code, id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND level = 'commune' AND status = 'open'"
)
VILLAGES = text(
    """
    SELECT parent_code, code, id FROM area
    WHERE level = 'village' AND status = 'open' AND parent_code = ANY(CAST(:codes AS text[])) ORDER BY id DESC
    """
)
CAFS = """
    SELECT * FROM caf
    WHERE id = ANY(CAST(:ids AS uuid[])) OR area_code = ANY(CAST(:codes AS text[]))
    ORDER BY id
"""
SERVED_UNTIL = text(
    """
    SELECT caf_id, max(left_on) AS day FROM caf_term
    WHERE caf_id = ANY(CAST(:ids AS uuid[])) AND left_reason <> 'transferred' GROUP BY caf_id
    """
)
ELSEWHERE = text(
    """
    SELECT caf.*, commune.code AS served_here, term.left_on AS served_until
    FROM caf_term AS term JOIN area AS commune ON commune.id = term.area_id JOIN caf ON caf.id = term.caf_id
    WHERE commune.code = ANY(CAST(:codes AS text[])) AND commune.status = 'open' AND caf.area_id <> term.area_id
    UNION ALL
    SELECT caf.*, NULL, NULL FROM caf WHERE left_on IS NULL AND phone = ANY(CAST(:phones AS text[]))
    """
)


@dataclass(frozen=True, slots=True)
class State:
    """The registry as far as a file touches it."""

    communes: Mapping[str, UUID]
    """Open communes by code."""
    villages: Mapping[tuple[str, str], UUID]
    """Open villages by their commune's code and their own."""
    cafs: Sequence[Mapping[str, Any]]
    """Who serves in these communes or did, and whom the file names by id."""
    served_until: Mapping[UUID, date]
    """The last day of the latest of their earlier terms."""
    elsewhere: Sequence[Mapping[str, Any]]
    """Who served in these communes and is now another's, and who has a telephone of the file."""
    organisations: Names


async def read_state(db: AsyncSession, lines: Iterable[CafLine], *, lock: bool) -> State:
    """The state; with `lock`, as it stays until the commit: communes and villages, then facilitators."""
    lines = list(lines)
    codes = sorted({line.area_code for line in lines})
    ids = sorted({line.id for line in lines if line.id is not None})
    if lock:
        await db.execute(ONE_FILE_AT_A_TIME)
        await hold_areas(db, {*codes, *(line.village_code for line in lines)})
    communes = {row.code: row.id for row in await db.execute(COMMUNES, {"codes": codes})}
    villages = {(row.parent_code, row.code): row.id for row in await db.execute(VILLAGES, {"codes": codes})}
    cafs = (
        (await db.execute(text(CAFS + ("FOR UPDATE" if lock else "")), {"ids": ids, "codes": codes})).mappings().all()
    )
    served = await db.execute(SERVED_UNTIL, {"ids": [row["id"] for row in cafs]})
    phones = sorted({line.phone for line in lines if line.phone is not None})
    elsewhere = await db.execute(ELSEWHERE, {"codes": codes, "phones": phones})
    return State(
        communes,
        villages,
        [dict(row) for row in cafs],
        {row.caf_id: row.day for row in served},
        [dict(row) for row in elsewhere.mappings()],
        await read_names(db),
    )
