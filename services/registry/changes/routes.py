"""The change feed: first load and later deltas for offline caches and partners."""

import re
from collections.abc import Sequence
from typing import Annotated, get_args

from fastapi import Query
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.queries import was_ever
from services.registry.changes.kinds import READERS, FeedKind
from services.registry.changes.queries import read_changes, read_position
from services.registry.changes.schemas import ChangeRead, ChangesRead
from shared.areas import AreaScope
from shared.db import Transaction
from shared.errors import Gone, Invalid
from shared.routing import Router

MOST = 5_000
READ_AT_ONCE = 500
"""Between two reads other requests get their turn: to read and show thousands of entities takes half a second."""
POSITION = re.compile(r"^([0-9a-f]{8})-([0-9]{1,18})$")

router = Router(prefix="/changes", tags=["changes"])


@router.get("")
async def list_changes(
    db: Transaction,
    since: Annotated[str | None, Query(max_length=30, description="`since` of the answer before")] = None,
    area: Annotated[AreaScope, Query(description="Only what concerns this area", examples=["0202"])] = "",
    kinds: Annotated[str | None, Query(description="Comma-separated; left out, all", examples=["area,unit"])] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 2_000,
) -> ChangesRead:
    """What has changed since the last visit, in order; without `since`, all there is.

    An entity that was closed, or has left the area, comes once as `gone`. Ask always for the same area and kinds with a
    `since`. After 410 feed_restarted (the registry was restored from a backup) load anew without it. A first load of a
    code that no area ever bore is refused: 422 area_unknown.
    """
    wanted = _kinds(kinds)
    epoch, last = await read_position(db)
    after = _position(since, epoch, last)
    if since is None and area:
        await _must_be_known(db, area)
    rows = await read_changes(db, after, area, wanted, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    reached = rows[-1]["seq"] if rows else after
    items: list[ChangeRead] = []
    for start in range(0, len(rows), READ_AT_ONCE):
        items += await _items(db, rows[start : start + READ_AT_ONCE])
    return ChangesRead(items=items, since=f"{epoch}-{reached}", more=more)


async def _items(db: AsyncSession, rows: Sequence[RowMapping]) -> list[ChangeRead]:
    """Each row with its entity as it is now; one that was deleted between the two reads is gone."""
    present: dict[str, list[str]] = {}
    for row in rows:
        if not row["gone"]:
            present.setdefault(row["kind"], []).append(row["entity_id"])
    read = {kind: await READERS[kind](db, ids) for kind, ids in present.items() if kind in READERS}
    items = []
    for row in rows:
        data = None if row["gone"] else read.get(row["kind"], {}).get(row["entity_id"])
        shown = None if data is None else data.model_dump(mode="json")
        items.append(ChangeRead(kind=row["kind"], id=row["entity_id"], gone=data is None, data=shown))
    return items


async def _must_be_known(db: AsyncSession, area: str) -> None:
    """Raise Invalid for a code that no area ever bore: a copy would stay empty, and nobody be told why."""
    if not await was_ever(db, area):
        raise Invalid.field(
            "query/area",
            "area_unknown",
            en=f"No area bears the code {area}, or ever did.",
            km=f"គ្មានតំបន់ណាមួយមាន ឬធ្លាប់មានលេខកូដ {area} ទេ។",
        )


def _kinds(text: str | None) -> Sequence[FeedKind]:
    known: tuple[FeedKind, ...] = get_args(FeedKind)
    if text is None:
        return known
    wanted = {name.strip() for name in text.split(",")}
    if unknown := sorted(wanted - set(known)):
        raise Invalid.field(
            "query/kinds",
            "kind_unknown",
            en=f"The feed has no kind {unknown[0]}; it has {', '.join(known)}.",
            km=f"គ្មានប្រភេទ {unknown[0]} ទេ៖ មាន {', '.join(known)}។",
        )
    return [kind for kind in known if kind in wanted]


def _position(since: str | None, epoch: str, last: int) -> int:
    """The number that a `since` stands for. Raises Gone when it is of another feed than this."""
    if since is None:
        return 0
    match = POSITION.match(since)
    if match is None:
        raise Invalid.field(
            "query/since",
            "invalid_since",
            en="This is not a position of the feed. Send what the last answer gave as `since`, or leave it out.",
            km="ទីតាំងនេះមិនត្រឹមត្រូវទេ។ សូមផ្ញើតម្លៃ since ពីចម្លើយមុន ឬមិនបាច់ផ្ញើ។",
        )
    if match[1] != epoch or int(match[2]) > last:
        raise Gone(
            "feed_restarted",
            en="The feed was started anew since then. Drop your copy and load it again without `since`.",
            km="បញ្ជីបម្រែបម្រួលត្រូវបានចាប់ផ្ដើមជាថ្មី។ សូមលុបច្បាប់ចម្លង រួចទាញយកម្ដងទៀតដោយគ្មាន since។",
        )
    return int(match[2])
