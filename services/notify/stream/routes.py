"""The inbox as server-sent events."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

import anyio
from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import col

from services.notify.inbox.models import Message
from services.notify.inbox.queries import messages_for, newest_id
from services.notify.inbox.schemas import MessageRead
from services.notify.signals import messages_written
from services.notify.stream.broadcast import BATCH, Stream, broadcaster
from shared.auth.user import SignedIn, User, bearer
from shared.db import Database
from shared.routing import Router

RECONNECT_MILLISECONDS = 3_000

router = Router(tags=["inbox"])


async def open_stream(user: SignedIn) -> AsyncIterator[Stream]:
    """A place among the open streams, held until the answer has ended."""
    with broadcaster.open(user) as stream:
        yield stream


async def token_expiry(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> float:
    """When the caller's token, verified already, runs out."""
    claims = credentials.credentials.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])


@router.get("/stream", response_class=EventSourceResponse)
async def stream_messages(
    request: Request,
    user: SignedIn,
    stream: Annotated[Stream, Depends(open_stream)],
    expires_at: Annotated[float, Depends(token_expiry)],
    last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1, description="Resume after this message")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """New messages of your inbox as they come: event `message`, its data as in GET /inbox, its id for Last-Event-ID.

    A comment comes every 15 seconds when nothing else does. The stream ends with your token: connect again with a
    fresh one and the Last-Event-ID, and nothing is missed.
    """
    yield ServerSentEvent(comment="open", retry=RECONNECT_MILLISECONDS)
    database: Database = request.app.state.runtime.database
    async for message in missed_messages(database, user, stream, last_event_id):
        yield as_event(message)
    while (left := expires_at - time.time()) > 0:
        try:
            new = await asyncio.wait_for(stream.waiting.get(), left)
        except TimeoutError:
            return
        if new is None:
            return
        yield as_event(new)


async def missed_messages(
    database: Database, user: User, stream: Stream, last_event_id: int | None
) -> AsyncIterator[MessageRead]:
    """What was written after the last message the reader has, if they name one; the stream goes on where this ends."""
    position = last_event_id
    while stream.position is None:
        messages, newest = await read_after(database, user, position)
        for message in messages:
            yield message
        if len(messages) == BATCH:
            position = messages[-1].id
        else:
            stream.position = newest
    messages_written.give()


async def read_after(database: Database, user: User, position: int | None) -> tuple[list[MessageRead], int]:
    """The reader's next messages, none when no position is given, and the newest id of all up to which they go."""
    messages: list[MessageRead] = []
    with without_interruption():
        async with database.transaction() as db:
            newest = await newest_id(db)
            if position is not None:
                statement = messages_for(user).where(col(Message.id) > position, col(Message.id) <= newest)
                rows = await db.execute(statement.order_by(col(Message.id)).limit(BATCH))
                messages = [MessageRead.of(*row) for row in rows]
    return messages, newest


@contextmanager
def without_interruption() -> Iterator[None]:
    """A reader who leaves in the middle of a read does not tear its connection out of the pool: it ends first."""
    with anyio.CancelScope(shield=True):
        yield


def as_event(message: MessageRead) -> ServerSentEvent:
    """A message as it goes over the wire."""
    return ServerSentEvent(event="message", id=str(message.id), data=message)
