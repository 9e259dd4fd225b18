"""Writing messages, and finding a reader's."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.notify.areas import Area
from services.notify.inbox.audience import labels_of_reader, with_areas_above
from services.notify.inbox.models import ActionTitle, Message, ReadMark
from services.notify.inbox.wording import PLACES_NAMED, Both
from shared.auth.user import User
from shared.events import Event
from shared.events.jaap import ActionChanged, FundingRequested

IN_ORDER = text("SELECT pg_advisory_xact_lock(hashtext('messages'))")
"""Messages are written by one transaction at a time, so that ids become visible in their order: a stream that has shown
message 11 must not miss message 10."""


async def area_names(db: AsyncSession, codes: Iterable[str]) -> dict[str, Both]:
    """The names of areas and of those above them, as far as they have arrived."""
    wanted = {above for code in list(codes)[:PLACES_NAMED] for above in with_areas_above(code) if above}
    if not wanted:
        return {}
    rows = await db.execute(
        select(col(Area.code), col(Area.name_km), col(Area.name_en))
        .where(col(Area.code).in_(wanted))
        .order_by(col(Area.status), col(Area.id).desc())
    )
    return {row.code: Both(row.name_km, row.name_en) for row in rows}


async def action_titles(db: AsyncSession, event: Event) -> dict[UUID, Both]:
    """The title of the action an event is about, as far as it has arrived."""
    action_id: UUID | None = getattr(event, "action_id", None)
    row = None if action_id is None else await db.get(ActionTitle, action_id)
    return {} if row is None else {row.action_id: Both(row.title_km, row.title_en)}


async def keep_title(db: AsyncSession, event: ActionChanged | FundingRequested) -> None:
    """Remember what an action is called."""
    titles = {"title_km": event.title_km, "title_en": event.title_en or event.title_km}
    await db.execute(
        insert(ActionTitle)
        .values(action_id=event.action_id, **titles)
        .on_conflict_do_update(index_elements=["action_id"], set_=titles)
    )


def messages_for(user: User) -> Select[Message, datetime | None]:
    """The reader's messages, each with when they read it."""
    mark = and_(col(ReadMark.message_id) == col(Message.id), col(ReadMark.account_id) == user.id)
    return select(Message, col(ReadMark.read_at)).outerjoin(ReadMark, mark).where(concerns(user))


def concerns(user: User) -> Any:
    """Whether a message concerns the reader, as a condition that the index on its labels serves."""
    return col(Message.audience).overlap(cast(labels_of_reader(user.grants), ARRAY(Text)))  # type: ignore[attr-defined]


async def newest_id(db: AsyncSession) -> int:
    """The id of the last message; 0 when there is none."""
    return await db.scalar(select(func.max(col(Message.id)))) or 0
