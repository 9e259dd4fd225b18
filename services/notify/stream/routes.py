"""The inbox as server-sent events."""

import asyncio
import base64
import json
import math
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
from services.notify.inbox.routes import LARGEST_ID
from services.notify.inbox.schemas import MessageRead
from services.notify.signals import messages_written
from services.notify.stream.broadcast import BATCH, Stream, broadcaster
from shared.auth.api_keys import PREFIX
from shared.auth.user import SignedIn, User, bearer, still_holds
from shared.db import Database
from shared.routing import Router

RECONNECT_MILLISECONDS = 3_000
RECHECK_SECONDS = 20.0
"""How often a quiet stream asks whether its token still holds."""

router = Router(tags=["inbox"])


async def open_stream(
    request: Request,
    user: SignedIn,
    last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST_ID, description="Resume after this message")] = None,
) -> AsyncIterator[Stream]:
    """A place among the open streams, held until the answer has ended; it begins after the message the reader names."""
    database: Database = request.app.state.runtime.database
    if last_event_id is None:
        async with database.transaction() as db:
            last_event_id = await newest_id(db)
    with broadcaster.open(user, since=last_event_id) as stream:
        yield stream


async def token_expiry(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> float:
    """When the caller's token, verified already, runs out; an API key is asked for again and again instead."""
    if credentials is None or credentials.credentials.startswith(PREFIX):
        return math.inf
    claims = credentials.credentials.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])


@router.get("/stream", response_class=EventSourceResponse)
async def stream_messages(
    request: Request,
    user: SignedIn,
    stream: Annotated[Stream, Depends(open_stream)],
    expires_at: Annotated[float, Depends(token_expiry)],
) -> AsyncIterator[ServerSentEvent]:
    """New messages of your inbox as they come: event `message`, its data as in GET /inbox, its id for Last-Event-ID.

    From the first line on, a comment `open`, no message is missed; a comment comes every 15 seconds when nothing else
    does. The stream ends with your token, or when it is revoked: connect again with a fresh one and the Last-Event-ID.
    """
    yield ServerSentEvent(comment="open", retry=RECONNECT_MILLISECONDS)
    async for message in missed_messages(request.app.state.runtime.database, user, stream):
        yield as_event(message)
    while (left := expires_at - time.time()) > 0 and await still_holds(request):
        try:
            async with asyncio.timeout(min(left, RECHECK_SECONDS)):
                new = await stream.waiting.get()
        except TimeoutError:
            continue
        if new is None:
            return
        yield as_event(new)


async def missed_messages(database: Database, user: User, stream: Stream) -> AsyncIterator[MessageRead]:
    """What was written after the last message the reader has; the broadcast takes over where this ends."""
    position = stream.since
    while stream.position is None:
        messages, newest = await read_after(database, user, position)
        for message in messages:
            yield message
        if len(messages) == BATCH:
            position = messages[-1].id
        else:
            stream.position = newest
    messages_written.give()


async def read_after(database: Database, user: User, position: int) -> tuple[list[MessageRead], int]:
    """The reader's next messages, and the newest id of all up to which they go."""
    with without_interruption():
        async with database.transaction() as db:
            newest = await newest_id(db)
            statement = messages_for(user).where(col(Message.id) > position, col(Message.id) <= newest)
            rows = (await db.execute(statement.order_by(col(Message.id)).limit(BATCH))).all()
    return [MessageRead.of(*row) for row in rows], newest


@contextmanager
def without_interruption() -> Iterator[None]:
    """A reader who leaves in the middle of a read does not tear its connection out of the pool: it ends first."""
    with anyio.CancelScope(shield=True):
        yield


def as_event(message: MessageRead) -> ServerSentEvent:
    """A message as it goes over the wire."""
    return ServerSentEvent(event="message", id=str(message.id), data=message)
