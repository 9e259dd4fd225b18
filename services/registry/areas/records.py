"""What is kept of areas, and bears their code beside it: it belongs to the area, by its id, and goes where that goes.

When an area ends, to its successor; where that is several, to the first, and the trail says so. What has no successor,
and bodies, which end with their area, stay with the area that ended, under a code that no later bearer of the area's
reaches (see codes.former_code). A facilitator whose village is known serves the commune in which that village lies.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.codes import MARK
from services.registry.areas.former import Former
from services.registry.audit.models import SubjectKind
from services.registry.audit.queries import record_all
from services.registry.cafs.moving import hold_accounts, let_roles_follow

INHERITED: tuple[SubjectKind, ...] = ("organisation", "training", "caf")
"""Tables with area_id, area_code and version, which the trail calls by the same names.

Trainings come before facilitators, as whoever corrects a training takes them."""
KEPT: tuple[SubjectKind, ...] = ("body", *INHERITED)
"""With what no successor inherits. Bodies come before facilitators, as whoever records meetings takes them."""
HOLD = "SELECT FROM {table} WHERE area_id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"
"""In the order in which phones and files take them, so that no two wait in a circle."""
INHERIT = """
    WITH heir AS (
        SELECT DISTINCT ON (line.old_area_id) line.old_area_id, area.id, area.code
        FROM area_succession AS line
        JOIN area AS ended ON ended.id = line.old_area_id AND ended.status = 'closed'
        JOIN area ON area.id = line.new_area_id AND area.status = 'open'
        WHERE line.change_id = :change
        ORDER BY line.old_area_id, area.code, area.id
    )
    UPDATE {table} AS kept SET area_id = heir.id, area_code = heir.code, version = version + 1
    FROM heir WHERE kept.area_id = heir.old_area_id
    RETURNING kept.id, old.area_code AS before, new.area_code AS after
"""
FOLLOW_ABOVE = f"""
    UPDATE {{table}} AS kept SET area_code = above.after || substr(kept.area_code, strpos(kept.area_code, '{MARK}'))
    FROM unnest(CAST(:before AS text[]), CAST(:after AS text[])) AS above (before, after)
    WHERE kept.area_code LIKE '%{MARK}%' AND split_part(kept.area_code, '{MARK}', 1) = above.before
"""  # noqa: S608 - a constant is put in
LEAVE_BEHIND = """
    UPDATE {table} AS kept SET area_code = ended.code
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS ended (id, code) WHERE kept.area_id = ended.id
"""
RENUMBER = """
    UPDATE {table} AS kept SET area_code = area.code, version = kept.version + 1
    FROM area WHERE area.id = ANY(CAST(:ids AS uuid[])) AND kept.area_id = area.id AND area.status = 'open'
      AND kept.area_code <> area.code
"""
INHERIT_VILLAGES = text(
    """
    WITH heir AS (
        SELECT DISTINCT ON (line.old_area_id) line.old_area_id, area.id
        FROM area_succession AS line
        JOIN area AS ended ON ended.id = line.old_area_id AND ended.status = 'closed'
        JOIN area ON area.id = line.new_area_id AND area.status = 'open'
        WHERE line.change_id = :change AND line.level = 'village'
        ORDER BY line.old_area_id, area.code, area.id
    )
    UPDATE caf SET village_id = heir.id, version = version + 1 FROM heir WHERE village_id = heir.old_area_id
    """
)
FOLLOW_VILLAGES = text(
    """
    WITH moved AS (
        UPDATE caf AS kept SET area_id = commune.id, area_code = commune.code, version = kept.version + 1
        FROM area AS village
        JOIN area AS commune ON commune.code = village.parent_code AND commune.level = 'commune'
            AND commune.status = 'open'
        WHERE village.id = ANY(CAST(:ids AS uuid[])) AND village.status = 'open' AND kept.village_id = village.id
          AND kept.area_id <> commune.id
        RETURNING kept.*, old.area_id AS area_before, old.area_code AS before, new.area_code AS after,
                  village.valid_from AS day
    ), served AS (
        INSERT INTO caf_term (caf_id, area_id, term_from, term_until, chosen_by, left_on, left_reason)
        SELECT id, area_before, term_from, term_until, chosen_by, greatest(day, term_from), 'transferred'
        FROM moved WHERE left_on IS NULL AND id <> ALL(CAST(:inherited AS uuid[]))
    )
    SELECT id, account_id, left_on, before, after FROM moved
    """
)
"""Who lives in another part of a commune that was split is inherited by the first one, and never served that."""


async def move_records(
    db: AsyncSession, change_id: UUID, areas: Sequence[Any], former: Former, *, by: UUID | None
) -> None:
    """Let everything that is kept of changed areas go with them, with its trail where it went to another area."""
    ids = [area.id for area in areas]
    ended = {"ids": list(former.ended), "codes": list(former.ended.values())}
    await hold_accounts(db, ids)
    for table in KEPT:
        moved: Sequence[Any] = ()
        await db.execute(text(HOLD.format(table=table)), {"ids": ids})
        await db.execute(text(FOLLOW_ABOVE.format(table=table)), former.moves_above)
        if table in INHERITED:
            moved = (await db.execute(text(INHERIT.format(table=table)), {"change": change_id})).all()
        await db.execute(text(LEAVE_BEHIND.format(table=table)), ended)
        await db.execute(text(RENUMBER.format(table=table)), {"ids": ids})
        if table == "caf":
            await db.execute(INHERIT_VILLAGES, {"change": change_id})
            inherited = {"ids": ids, "inherited": [row.id for row in moved]}
            gone = (await db.execute(FOLLOW_VILLAGES, inherited)).all()
            await let_roles_follow(db, gone, by=by)
            moved = [*moved, *gone]
        entries = [(str(row.id), "area_followed", {"before": row.before, "after": row.after}) for row in moved]
        if entries:
            await record_all(db, table, entries, by=by)
