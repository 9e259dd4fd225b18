"""Writing the feed with the change itself, and reading it in order."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes.models import Changed
from shared.areas import prefix_range

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('registry.changes'))")
"""One writer at a time from here to its commit: a number that is given later is also seen later."""
WRITE = text(
    """
    WITH numbered AS MATERIALIZED (
        SELECT kind, entity_id, codes, gone, nextval('change_seq') AS seq
        FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[]), CAST(:codes AS text[]), CAST(:gone AS boolean[]))
            AS entity (kind, entity_id, codes, gone)
    ), present AS (
        INSERT INTO change (kind, entity_id, area_code, seq, gone)
        SELECT kind, entity_id, area_code, seq, gone FROM numbered, unnest(CAST(codes AS text[])) AS area_code
        ON CONFLICT (kind, entity_id, area_code) DO UPDATE SET seq = excluded.seq, gone = excluded.gone
    )
    UPDATE change SET seq = numbered.seq, gone = true
    FROM numbered
    WHERE change.kind = numbered.kind AND change.entity_id = numbered.entity_id AND NOT change.gone
      AND change.area_code <> ALL (CAST(numbered.codes AS text[]))
    """
)
READ = text(
    """
    SELECT seq, kind, entity_id, bool_and(gone) AS gone
    FROM change
    WHERE seq > :since AND kind = ANY(CAST(:kinds AS text[]))
      AND (area_code >= :low AND area_code < :high OR area_code = ANY(CAST(:above AS text[])))
      AND (:since > 0 OR NOT gone)
    GROUP BY seq, kind, entity_id
    ORDER BY seq
    LIMIT :limit
    """
)
EPOCH = text("SELECT epoch FROM feed")
LAST = text("SELECT last_value FROM change_seq")
RESTART = text("UPDATE feed SET epoch = substr(md5(gen_random_uuid()::text), 1, 8) RETURNING epoch")


async def record_changes(db: AsyncSession, changes: Sequence[Changed]) -> None:
    """Put entities at the feed's end, in their order, each at most once.

    Others who change the registry wait from here to the commit: call it last in a long transaction.
    """
    if not changes:
        return
    await db.execute(LOCK)
    await db.execute(
        WRITE,
        {
            "kinds": [change.kind for change in changes],
            "ids": [change.entity_id for change in changes],
            "codes": [_array(change.area_codes) for change in changes],
            "gone": [change.gone for change in changes],
        },
    )


def _array(codes: Sequence[str]) -> str:
    """PostgreSQL's text of an array, which holds "" too; an array of arrays would need all to be of one length."""
    return "{" + ",".join(f'"{code}"' for code in dict.fromkeys(codes)) + "}"


async def read_changes(
    db: AsyncSession, since: int, area: str, kinds: Sequence[str], limit: int
) -> Sequence[RowMapping]:
    """The changes after a position: seq, kind, entity_id, gone; from position 0, what is there now.

    What lies in the area and below, and what stands at the areas above it, which concerns it too.
    """
    low, high = prefix_range(area)
    above = [area[:length] for length in range(0, len(area), 2)]
    values = {"since": since, "low": low, "high": high, "above": above, "kinds": list(kinds), "limit": limit}
    return (await db.execute(READ, values)).mappings().all()


async def read_position(db: AsyncSession) -> tuple[str, int]:
    """The feed's epoch and the last number given."""
    epoch = await db.scalar(EPOCH)
    last = await db.scalar(LAST)
    return str(epoch), int(last or 0)


async def restart_feed(db: AsyncSession) -> str:
    """Make every reader load anew, as after restoring a backup, when numbers are given a second time."""
    return str(await db.scalar(RESTART))
