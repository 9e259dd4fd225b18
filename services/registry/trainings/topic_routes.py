"""What trainings are about: a list that the secretariat keeps."""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.registry.audit.queries import record
from services.registry.trainings.models import TrainingTopic
from services.registry.trainings.schemas import TopicCode, TopicInput, TopicPatch, TopicRead
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.routing import Router

TopicWriter = Annotated[User, Depends(Requires(Permission.TRAINING_TOPIC_WRITE))]

router = Router(prefix="/training-topics", tags=["trainings"])


@router.get("")
async def list_training_topics(
    db: Transaction, page: Paging, active: Annotated[bool | None, Query()] = None
) -> Page[TopicRead]:
    """The topics of trainings, by their codes."""
    statement = select(TrainingTopic)
    if active is not None:
        statement = statement.where(col(TrainingTopic.active) == active)
    return await paginate(db, statement, page, keys=[col(TrainingTopic.code)], read=TopicRead.of)


@router.post("", status_code=201)
async def create_training_topic(body: TopicInput, user: TopicWriter, db: Transaction, response: Response) -> TopicRead:
    """Add a topic, which trainings may have from now on."""
    user.must_cover("")
    values = body.model_dump() | {"active": True, "version": 1}
    statement = insert(TrainingTopic).values(values).on_conflict_do_nothing()
    if await db.scalar(statement.returning(col(TrainingTopic.code))) is None:
        raise Conflict(
            "topic_exists",
            en=f"There is a topic {body.code} already.",
            km=f"មានប្រធានបទ {body.code} រួចហើយ។",
        )
    record(db, "training_topic", body.code, "created", by=user.id, **body.model_dump(exclude={"code"}))
    set_etag(response, 1)
    return TopicRead(**values)


@router.patch("/{code}")
async def update_training_topic(
    code: TopicCode, body: TopicPatch, user: TopicWriter, if_match: Matching, db: Transaction, response: Response
) -> TopicRead:
    """Change a topic's names, or let it be chosen no more: trainings that have it keep it."""
    user.must_cover("")
    topic: TrainingTopic | None = await db.get(TrainingTopic, code, with_for_update=True)
    if topic is None:
        raise NotFound("topic_not_found", en=f"There is no topic {code}.", km=f"រកមិនឃើញប្រធានបទ {code} ទេ។")
    if_match.must_match(topic.version)
    changes = body.model_dump(exclude_none=True)
    for name, value in changes.items():
        setattr(topic, name, value)
    topic.version += 1
    record(db, "training_topic", code, "changed", by=user.id, **changes)
    set_etag(response, topic.version)
    return TopicRead.of(topic)
