"""A service of the tests' own, small enough to see through, on which everything in shared/ is proven."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Text, Uuid, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col

from shared import traces
from shared.app import create_app
from shared.auth.permissions import Permission
from shared.auth.user import Requires, SignedIn, User
from shared.consumers import Consumers
from shared.db import Transaction, new_metadata
from shared.errors import Conflict, NotFound
from shared.etag import Matching, set_etag
from shared.events import Event
from shared.outbox import emit
from shared.paging import Page, Paging, paginate
from shared.registry_copy import AreaCopy, UnitCopy, apply_changes
from shared.routing import Router
from shared.schemas import Input, LongText, Riel, ShortText
from shared.settings import Settings


class NoteWritten(Event, type="isaf.toy.note.written.v1", key="note_id"):
    """Somebody wrote a note."""

    note_id: UUID
    text: str


class ShelfChanged(Event, type="isaf.toy.shelf.changed.v1", key="id", state=True):
    """A shelf is as follows from now on."""

    id: UUID
    name: str
    version: int


class Table(SQLModel, registry=registry(metadata=new_metadata())):
    """The base of the toy's tables."""


class Note(Table, table=True):
    """A note; that its parent exists is asked at the commit alone."""

    id: UUID = Field(default=None, sa_column=Column(Uuid, primary_key=True, server_default=text("uuidv7()")))
    seq: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), unique=True))
    text: str = Field(sa_type=Text, unique=True)
    version: int = 1
    parent_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("note.id", deferrable=True, initially="DEFERRED"))
    )


class Heard(Table, table=True):
    """A note that was heard of through its event."""

    seq: int = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    text: str = Field(sa_type=Text)
    trace_id: str = Field(sa_type=Text)


class Shelf(Table, table=True):
    """The copy of a shelf's state."""

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)


class Area(AreaCopy, Table, table=True):
    """The copy of areas, as services have it."""


class Unit(UnitCopy, Table, table=True):
    """The copy of service units, as services have it."""


@dataclass
class Mood:
    """How the toy behaves in one test."""

    broken: dict[str, int] = field(default_factory=dict)
    """Texts whose events fail, and how many times."""
    deadly: set[str] = field(default_factory=set)
    """Texts whose events take the database session with them."""
    slow: set[str] = field(default_factory=set)
    """Texts whose events take longer than a statement may."""
    locking: set[str] = field(default_factory=set)
    """Texts whose events need the advisory lock 7, and wait for it no longer than a moment."""
    calls: list[str] = field(default_factory=list)
    """Every text that a handler was called with, in order."""
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)


mood = Mood()
consumers = Consumers()
router = Router(prefix="/notes", tags=["notes"])
Operator = Annotated[User, Depends(Requires(Permission.OPERATE))]


@consumers.on(NoteWritten)
async def hear(db: AsyncSession, event: NoteWritten) -> None:
    """Remember what was heard, if the mood allows."""
    mood.calls.append(event.text)
    if event.text in mood.deadly:
        await db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    if event.text in mood.slow:
        await db.execute(text("SET LOCAL statement_timeout = '5ms'"))
        await db.execute(text("SELECT pg_sleep(10)"))
    if event.text in mood.locking:
        await db.execute(text("SET LOCAL lock_timeout = '5ms'"))
        await db.execute(text("SELECT pg_advisory_xact_lock(7)"))
    db.add(Heard(text=event.text, trace_id=traces.trace_id()))
    await db.flush()
    if mood.broken.get(event.text, 0) > 0:
        mood.broken[event.text] -= 1
        raise RuntimeError(f"broken by {event.text}")
    mood.heard.put_nowait(event.text)


@consumers.on_batch(ShelfChanged)
async def copy_shelves(db: AsyncSession, events: Sequence[ShelfChanged]) -> None:
    """Keep the copy of shelves."""
    await apply_changes(db, Shelf, events)


class NoteIn(Input):
    """A note to be written."""

    id: UUID | None = None
    text: LongText
    title: ShortText | None = None
    price: Riel = 0
    parent_id: UUID | None = None
    tags: Annotated[list[ShortText], Field(default_factory=list, max_length=3)]
    labels: dict[str, ShortText] | None = None


class TextIn(Input):
    """A new text."""

    text: LongText


class NoteRead(BaseModel):
    """A note."""

    id: UUID
    seq: int
    text: str
    version: int

    @classmethod
    def of(cls, note: Note) -> "NoteRead":
        """Show a row."""
        return cls.model_validate(note, from_attributes=True)


@router.post("", status_code=201)
async def write_note(body: NoteIn, db: Transaction, response: Response, loud: bool = False) -> NoteRead:
    """Write a note, in capitals when loud, and tell of it; some texts go wrong after that."""
    note = Note(text=body.text.upper() if loud else body.text, parent_id=body.parent_id)
    db.add(note)
    await db.flush()
    await emit(db, NoteWritten(note_id=note.id, text=note.text))
    if body.text == "refuse":
        raise Conflict("refused", en="Not this text.", km="មិនអនុញ្ញាតអត្ថបទនេះទេ។")
    if body.text == "crash":
        raise RuntimeError("the password is swordfish")
    set_etag(response, note.version)
    response.headers["Location"] = f"/api/toy/v1/notes/{note.id}"
    response.headers["Cache-Control"] = "no-store"
    return NoteRead.of(note)


@router.get("")
async def list_notes(db: Transaction, page: Paging) -> Page[NoteRead]:
    """All notes."""
    return await paginate(db, select(Note), page, keys=[col(Note.seq)], read=NoteRead.of)


@router.get("/by-text")
async def list_notes_by_text(db: Transaction, page: Paging, newest_first: bool = False) -> Page[NoteRead]:
    """All notes by text, then id."""
    keys = [col(Note.text), col(Note.id)]
    return await paginate(db, select(Note), page, keys=keys, read=NoteRead.of, newest_first=newest_first)


@router.get("/secret")
async def read_secret(user: Operator) -> dict[str, list[str]]:
    """What only an operator reads."""
    return {"grants": [str(grant) for grant in user.grants]}


@router.get("/me")
async def read_me(user: SignedIn) -> dict[str, Any]:
    """The caller."""
    return {"id": str(user.id), "name": user.name, "grants": [str(grant) for grant in user.grants]}


@router.get("/{note_id}")
async def read_note(note_id: UUID, db: Transaction, response: Response) -> NoteRead:
    """One note."""
    note = await db.get(Note, note_id)
    if note is None:
        raise NotFound("note_not_found", en="There is no such note.", km="រកមិនឃើញកំណត់ត្រានេះទេ។")
    set_etag(response, note.version)
    return NoteRead.of(note)


@router.patch("/{note_id}")
async def change_note(note_id: UUID, body: TextIn, if_match: Matching, db: Transaction, response: Response) -> NoteRead:
    """Change a note's text; who finds it locked does not wait long."""
    await db.execute(text("SET LOCAL lock_timeout = '30ms'"))
    note = (await db.scalars(select(Note).where(col(Note.id) == note_id).with_for_update())).one()
    if_match.must_match(note.version)
    note.text, note.version = body.text, note.version + 1
    set_etag(response, note.version)
    return NoteRead.of(note)


@router.post("/{note_id}:count")
async def count_call(note_id: UUID, request: Request, db: Transaction, user: SignedIn) -> dict[str, int]:
    """Counts its calls in the row, so that a second one would be seen."""
    note = (await db.scalars(select(Note).where(col(Note.id) == note_id).with_for_update())).one()
    note.version += 1
    assert user.id
    return {"count": note.version}


def make_app(settings: Settings) -> FastAPI:
    """A new application of the toy."""
    app = create_app("toy", title="Toy", description="For tests.", routers=[router], consumers=consumers)
    app.state.settings = settings
    return app
