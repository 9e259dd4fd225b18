"""A reader's messages."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.notify.inbox.models import Message, ReadMark, message_not_found
from services.notify.inbox.queries import messages_for
from services.notify.inbox.schemas import MessageRead, UnreadCount
from shared.auth.user import SignedIn
from shared.db import Transaction
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router

router = Router(prefix="/inbox", tags=["inbox"])

LARGEST_ID = 2**63 - 1
MessageId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
async def list_messages(
    user: SignedIn, db: Transaction, page: Paging, unread: Annotated[bool | None, Query()] = None
) -> Page[MessageRead]:
    """What concerns your roles in your areas, newest first; `unread` true or false narrows it."""
    statement = messages_for(user).order_by(col(Message.id).desc()).limit(page.limit + 1)
    if unread is not None:
        statement = statement.where(col(ReadMark.read_at).is_(None) == unread)
    if page.after is not None:
        statement = statement.where(col(Message.id) < only_key(page.after))
    rows = (await db.execute(statement)).all()
    items = [MessageRead.of(*row) for row in rows[: page.limit]]
    return Page(items=items, next_cursor=encode_cursor([items[-1].id]) if len(rows) > page.limit else None)


@router.get("/unread-count")
async def count_unread(user: SignedIn, db: Transaction) -> UnreadCount:
    """How many of your messages you have not read."""
    unread = messages_for(user).where(col(ReadMark.read_at).is_(None)).subquery()
    return UnreadCount(unread=await db.scalar(select(func.count()).select_from(unread)) or 0)


@router.post("/{message_id}:read")
async def read_message(message_id: MessageId, user: SignedIn, db: Transaction) -> MessageRead:
    """Mark a message as read, for you alone; once read it stays so."""
    found = (await db.execute(messages_for(user).where(col(Message.id) == message_id))).one_or_none()
    if found is None:
        raise message_not_found()
    message, read_at = found
    if read_at is None:
        read_at = datetime.now(UTC)
        mark = {"account_id": user.id, "message_id": message_id, "read_at": read_at}
        await db.execute(insert(ReadMark).values(**mark).on_conflict_do_nothing())
    return MessageRead.of(message, read_at)


def only_key(key: list[object]) -> int:
    """The message id in a cursor. Raises Invalid when it is of another list."""
    if len(key) != 1 or not isinstance(key[0], int) or not 0 <= key[0] <= LARGEST_ID:
        raise invalid_cursor()
    return key[0]
