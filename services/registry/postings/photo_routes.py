"""Photos of posters on their walls: for those who look after an area, never public."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.postings.models import PostingPhoto
from services.registry.postings.photos import receive_photo, studio
from services.registry.postings.routes import KEPT_FROM_CACHES, PostingWriter, get_posting
from services.registry.postings.schemas import PostingRead
from shared.db import Database, Transaction, running_database
from shared.errors import NotFound
from shared.etag import set_etag
from shared.routing import Router

BINARY = {"schema": {"type": "string", "format": "binary"}}
PHOTO_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": BINARY}}}
PHOTO_BODY = {"requestBody": {"required": True, "content": {"image/jpeg": BINARY, "image/png": BINARY}}}

router = Router(prefix="/postings/{posting_id}", tags=["postings"])


@router.put("/photo", openapi_extra=PHOTO_BODY)
async def put_posting_photo(
    posting_id: UUID,
    request: Request,
    user: PostingWriter,
    database: Annotated[Database, Depends(running_database)],
    response: Response,
) -> PostingRead:
    """Add a photo of the poster on its wall, or replace it: a JPEG or PNG of at most 5 MiB.

    It is made anew, at most 1600 pixels wide or high, without the time and place that a camera writes into it.
    """
    async with database.transaction() as db:
        posting, _ = await get_posting(db, posting_id, user)
        posting.must_stand()
    made = await studio.reencode(await receive_photo(request))
    async with database.transaction() as db:
        posting, unit = await get_posting(db, posting_id, user, lock=True)
        posting.must_stand()
        statement = insert(PostingPhoto).values(posting_id=posting.id, jpeg=made)
        await db.execute(
            statement.on_conflict_do_update(
                index_elements=["posting_id"], set_={"jpeg": made, "added_at": datetime.now(UTC)}
            )
        )
        posting.has_photo = True
        posting.version += 1
        record(db, "posting", posting.id, "photo_added", by=user.id, unit=unit.code)
    set_etag(response, posting.version)
    return PostingRead.of(posting, unit.code)


@router.get("/photo", response_class=Response, responses=PHOTO_ANSWER)
async def read_posting_photo(posting_id: UUID, user: PostingWriter, db: Transaction) -> Response:
    """The photo of a posting."""
    await get_posting(db, posting_id, user)
    jpeg = await db.scalar(select(col(PostingPhoto.jpeg)).where(col(PostingPhoto.posting_id) == posting_id))
    if jpeg is None:
        raise NotFound("photo_not_found", en="This posting has no photo.", km="កំណត់ត្រានេះគ្មានរូបថតទេ។")
    headers = KEPT_FROM_CACHES | {"X-Content-Type-Options": "nosniff"}
    return Response(jpeg, media_type="image/jpeg", headers=headers)


@router.delete("/photo", status_code=204)
async def delete_posting_photo(posting_id: UUID, user: PostingWriter, db: Transaction) -> None:
    """Remove a photo, such as one that shows people; nothing is left of it."""
    posting, unit = await get_posting(db, posting_id, user, lock=True)
    await db.execute(delete(PostingPhoto).where(col(PostingPhoto.posting_id) == posting_id))
    if posting.has_photo:
        posting.has_photo = False
        posting.version += 1
        record(db, "posting", posting.id, "photo_removed", by=user.id, unit=unit.code)
