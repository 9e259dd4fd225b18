"""Recording trainings that were held, correcting and withdrawing them, and finding them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.cafs.models import Caf
from services.registry.cafs.queries import reach_of, show_cafs, visible
from services.registry.cafs.routes import CafReader
from services.registry.cafs.schemas import CafRead
from services.registry.organisations.queries import acted_for, get_active, place_of
from services.registry.participation.models import is_partner_here
from services.registry.trainings.models import Training, TrainingCaf, TrainingTopic, organiser_not_yours
from services.registry.trainings.queries import (
    all_trainings,
    get_training,
    keep_last_trained,
    linked_cafs,
    must_be_topic,
    must_have_room,
    set_cafs,
    topic_unknown,
    training_row,
)
from services.registry.trainings.schemas import (
    TopicCode,
    TrainingInput,
    TrainingPatch,
    TrainingRead,
    TrainingWithdrawal,
    numbers_of,
)
from services.registry.units.models import must_have_come
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, encode_cursor, invalid_cursor, paginate
from shared.registry_copy import under
from shared.routing import Router

TrainingWriter = Annotated[User, Depends(Requires(Permission.TRAINING_WRITE))]
InArea = Annotated[AreaScope, Query(description="Only for this area and below", examples=["0202"])]
Since = Annotated[date | None, Query(alias="from", description="Only those that ended on this day or later")]
Until = Annotated[date | None, Query(description="Only those that ended on this day or before")]
OfTopic = Annotated[TopicCode | None, Query(description="Only of this topic")]
OfOrganiser = Annotated[UUID | None, Query(description="Only those that this organisation held")]
Withdrawn = Annotated[bool, Query(description="Those that were withdrawn, in place of those that count")]
NEVER_EMPTY = ("topic", "organiser_id", "area_code", "held_from", "held_until")

router = Router(prefix="/trainings", tags=["trainings"])


async def narrowed(
    db: AsyncSession,
    area: str,
    since: date | None,
    until: date | None,
    topic: str | None,
    organiser: UUID | None,
    withdrawn: bool,
) -> Select[*tuple[Any, ...]]:
    """The trainings that lists and files are asked for. Raises Invalid for a topic that there is not."""
    statement = under(all_trainings(), col(Training.area_code), area)
    taken_back = col(Training.withdrawn_on)
    statement = statement.where(taken_back.is_not(None) if withdrawn else taken_back.is_(None))
    if since is not None:
        statement = statement.where(col(Training.held_until) >= since)
    if until is not None:
        statement = statement.where(col(Training.held_until) <= until)
    if topic is not None:
        if await db.get(TrainingTopic, topic) is None:
            raise topic_unknown(topic, "query/topic")
        statement = statement.where(col(Training.topic) == topic)
    return statement if organiser is None else statement.where(col(Training.organiser_id) == organiser)


@router.get("")
async def list_trainings(
    db: Transaction,
    page: Paging,
    area: InArea = "",
    since: Since = None,
    until: Until = None,
    topic: OfTopic = None,
    organiser_id: OfOrganiser = None,
    withdrawn: Withdrawn = False,
) -> Page[TrainingRead]:
    """Trainings with who took part by kind and sex, the latest first."""
    keys = (col(Training.held_until), col(Training.id))
    statement = await narrowed(db, area, since, until, topic, organiser_id, withdrawn)
    statement = statement.order_by(*(key.desc() for key in keys)).limit(page.limit + 1)
    if page.after is not None:
        statement = statement.where(tuple_(*keys) < tuple_(*_key(page.after)))
    rows = (await db.execute(statement)).all()
    items = [TrainingRead.of(row) for row in rows[: page.limit]]
    more = len(rows) > page.limit
    return Page(items=items, next_cursor=encode_cursor([items[-1].held_until, items[-1].id]) if more else None)


@router.get("/{training_id}")
async def read_training(training_id: UUID, db: Transaction, response: Response) -> TrainingRead:
    """One training; one withdrawn says so."""
    return await _shown(db, await get_training(db, training_id), response)


@router.get("/{training_id}/cafs")
async def list_cafs_of_training(
    training_id: UUID, user: CafReader, db: Transaction, page: Paging, response: Response
) -> Page[CafRead]:
    """The facilitators who took part, of those whose records the caller sees."""
    training = await get_training(db, training_id)
    named = select(col(TrainingCaf.caf_id)).where(col(TrainingCaf.training_id) == training.id)
    reach = await reach_of(db, user)
    statement = visible(reach).where(col(Caf.id).in_(named))
    found: Page[Any] = await paginate(db, statement, page, keys=[col(Caf.area_code), col(Caf.id)], read=lambda caf: caf)
    response.headers["Cache-Control"] = "no-store"
    return Page(items=await show_cafs(db, found.items, reach), next_cursor=found.next_cursor)


@router.post("", status_code=201)
async def create_training(
    body: TrainingInput, user: TrainingWriter, db: Transaction, response: Response
) -> TrainingRead:
    """Record a training that was held; a partner records those of the organisation that it acts for.

    The records of the facilitators whom it names say from now on that they were trained.
    """
    user.must_cover(body.area_code)
    await _must_be_theirs(db, user, body.area_code, body.organiser_id)
    training = Training(
        **body.model_dump(exclude={"participants", "caf_ids"}),
        participants=numbers_of(body.participants),
        area_id=await place_of(db, body.area_code),
    )
    _must_be_over(training)
    await must_be_topic(db, body.topic)
    await get_active(db, body.organiser_id, pointer="/organiser_id")
    db.add(training)
    await db.flush()
    await set_cafs(db, training, body.caf_ids, await reach_of(db, user))
    await must_have_room(db, training)
    record(db, "training", training.id, "created", by=user.id, topic=training.topic, area=training.area_code)
    return await _shown(db, training, response)


@router.patch("/{training_id}")
async def update_training(
    training_id: UUID,
    body: TrainingPatch,
    user: TrainingWriter,
    if_match: Matching,
    db: Transaction,
    response: Response,
) -> TrainingRead:
    """Correct a training; whoever moves it to another area covers both."""
    area_id = await place_of(db, body.area_code) if body.area_code is not None else None
    training = await get_training(db, training_id, lock=True)
    user.must_cover(training.area_code)
    await _must_be_theirs(db, user, training.area_code, training.organiser_id)
    if_match.must_match(training.version)
    training.must_stand()
    sent = body.model_dump(exclude_unset=True, exclude={"participants", "caf_ids"})
    changes = {name: value for name, value in sent.items() if value is not None or name not in NEVER_EMPTY}
    await _must_be_allowed(db, user, training, changes)
    if "area_code" in changes:
        training.area_id = area_id
    for name, value in changes.items():
        setattr(training, name, value)
    if body.participants is not None:
        training.participants = numbers_of(body.participants)
    _must_be_over(training)
    training.version += 1
    await db.flush()
    if body.caf_ids is not None:
        await set_cafs(db, training, body.caf_ids, await reach_of(db, user))
    else:
        await keep_last_trained(db, await linked_cafs(db, [training.id]))
    await must_have_room(db, training)
    record(db, "training", training.id, "changed", by=user.id, fields=sorted(body.model_fields_set))
    return await _shown(db, training, response)


@router.post("/{training_id}:withdraw")
async def withdraw_training(
    training_id: UUID, body: TrainingWithdrawal, user: TrainingWriter, db: Transaction, response: Response
) -> TrainingRead:
    """Let a training count no longer: it was recorded twice, or not held."""
    training = await get_training(db, training_id, lock=True)
    user.must_cover(training.area_code)
    await _must_be_theirs(db, user, training.area_code, training.organiser_id)
    training.withdraw(today_in_cambodia(), body.reason)
    await db.flush()
    await keep_last_trained(db, await linked_cafs(db, [training.id]))
    record(db, "training", training.id, "withdrawn", by=user.id, reason=body.reason)
    return await _shown(db, training, response)


async def _must_be_allowed(db: AsyncSession, user: User, training: Training, changes: dict[str, Any]) -> None:
    """Raise unless the caller may make it so: the new place covered, the organiser theirs, both to be chosen."""
    area, organiser = changes.get("area_code", training.area_code), changes.get("organiser_id", training.organiser_id)
    if area != training.area_code or organiser != training.organiser_id:
        user.must_cover(area)
        await _must_be_theirs(db, user, area, organiser)
    if organiser != training.organiser_id:
        await get_active(db, organiser, pointer="/organiser_id")
    if changes.get("topic", training.topic) != training.topic:
        await must_be_topic(db, changes["topic"])


async def _must_be_theirs(db: AsyncSession, user: User, area_code: str, organiser_id: UUID) -> None:
    """Raise Forbidden where a partner speaks for another organisation."""
    if is_partner_here(user, area_code) and organiser_id not in await acted_for(db, user):
        raise organiser_not_yours()


def _must_be_over(training: Training) -> None:
    """Raise Invalid for a training that ends before it begins, or has not ended."""
    if training.held_until < training.held_from:
        raise Invalid.field(
            "/held_until",
            "before_the_begin",
            en=f"It began on {training.held_from}: it cannot end before.",
            km=f"វគ្គបានចាប់ផ្ដើមនៅថ្ងៃ {training.held_from}៖ មិនអាចបញ្ចប់មុនថ្ងៃនោះទេ។",
        )
    must_have_come(training.held_until, "/held_until")


def _key(after: list[Any]) -> tuple[date, UUID]:
    """A cursor's day and id. Raises Invalid for another list's."""
    try:
        day, training_id = after
        return date.fromisoformat(day), UUID(training_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise invalid_cursor() from error


async def _shown(db: AsyncSession, training: Training, response: Response) -> TrainingRead:
    await db.flush()
    set_etag(response, training.version)
    return TrainingRead.of(await training_row(db, training.id))
