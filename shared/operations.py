"""What an operator sees and repairs in every service: event backlogs and dead letters."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy import text

from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.database_errors import is_outage
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.events import decode
from shared.metrics import BACKLOG
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router

Operator = Annotated[User, Depends(Requires(Permission.OPERATE))]

LIST = text(
    "SELECT id, event_id, subject, error, tries, failed_at, replayed_at FROM dead_letter"
    " WHERE id > :after ORDER BY id LIMIT :limit"
)
LOCK = text("SELECT id, body, replayed_at FROM dead_letter WHERE id = :id FOR UPDATE")
MARK = text("UPDATE dead_letter SET replayed_at = now() WHERE id = :id")

router = Router(prefix="/operations", tags=["operations"])


class DeadLetter(BaseModel):
    """An event whose handler failed too often."""

    id: int
    event_id: str
    subject: str
    error: str
    tries: int
    failed_at: datetime
    replayed_at: datetime | None


class ConsumerState(BaseModel):
    """How far this service has read a stream."""

    stream: str
    pending: int
    unacknowledged: int


class EventState(BaseModel):
    """The service's event backlog."""

    outbox_pending: int
    outbox_oldest_seconds: float
    dead_letters: int
    consumers: list[ConsumerState]


class Replayed(BaseModel):
    """A dead letter that was handled after all."""

    id: int
    event_id: UUID


@router.get("/dead-letters")
async def list_dead_letters(user: Operator, db: Transaction, page: Paging) -> Page[DeadLetter]:
    """The events laid aside, oldest first, with the error that stopped each."""
    user.must_cover("")
    after = [0] if page.after is None else page.after
    if len(after) != 1 or not isinstance(after[0], int):
        raise invalid_cursor()
    rows = (await db.execute(LIST, {"after": after[0], "limit": page.limit + 1})).mappings().all()
    items = [DeadLetter.model_validate(dict(row)) for row in rows[: page.limit]]
    return Page(items=items, next_cursor=encode_cursor([items[-1].id]) if len(rows) > page.limit else None)


@router.post("/dead-letters/{letter_id}:replay")
async def replay_dead_letter(letter_id: int, user: Operator, db: Transaction, request: Request) -> Replayed:
    """Handle the event again now, after its cause was repaired; an event that was handled meanwhile changes nothing."""
    user.must_cover("")
    row = (await db.execute(LOCK, {"id": letter_id})).one_or_none()
    if row is None:
        raise NotFound("dead_letter_not_found", en="There is no such dead letter.", km="រកមិនឃើញព្រឹត្តិការណ៍នេះទេ។")
    if row.replayed_at is not None:
        raise Conflict("already_replayed", en="This event was handled already.", km="ព្រឹត្តិការណ៍នេះត្រូវបានដំណើរការរួចហើយ។")
    try:
        envelope = decode(row.body)
        await request.app.state.runtime.consumers.handle(db, [envelope])
    except Exception as error:
        if is_outage(error):
            raise
        raise Conflict(
            "replay_failed",
            en=f"It failed again. {type(error).__name__}: {error}"[:2000],
            km=f"ព្រឹត្តិការណ៍នេះបរាជ័យម្ដងទៀត។ {type(error).__name__}: {error}"[:2000],
        ) from error
    await db.execute(MARK, {"id": letter_id})
    return Replayed(id=letter_id, event_id=envelope.id)


@router.get("/events")
async def read_event_state(user: Operator, db: Transaction, request: Request) -> EventState:
    """How many events wait to be published, to be handled, or to be repaired."""
    user.must_cover("")
    backlog = (await db.execute(BACKLOG)).one()
    infos = await request.app.state.runtime.consumer_infos()
    return EventState(
        outbox_pending=backlog.pending,
        outbox_oldest_seconds=backlog.oldest,
        dead_letters=backlog.dead_letters,
        consumers=[
            ConsumerState(stream=stream, pending=info.num_pending or 0, unacknowledged=info.num_ack_pending or 0)
            for stream, info in infos.items()
        ],
    )
