"""What became of a subscription's events."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.notify.deliveries.models import Attempt, Delivery, delivery_not_found
from services.notify.deliveries.schemas import AttemptRead, DeliveryRead, DeliveryStatus, DeliveryWithAttempts
from services.notify.signals import after_commit, deliveries_due
from services.notify.subscriptions.models import Subscription
from services.notify.subscriptions.routes import Subscriber, get_subscription
from shared.auth.user import User
from shared.db import Transaction
from shared.paging import Page, Paging, paginate
from shared.routing import Router

router = Router(tags=["deliveries"])


@router.get("/subscriptions/{subscription_id}/deliveries")
async def list_deliveries(
    subscription_id: UUID,
    user: Subscriber,
    db: Transaction,
    page: Paging,
    status: Annotated[DeliveryStatus | None, Query()] = None,
) -> Page[DeliveryRead]:
    """A subscription's deliveries, newest first; finished ones are kept for 30 days."""
    await get_subscription(db, subscription_id, user)
    statement = select(Delivery).where(col(Delivery.subscription_id) == subscription_id)
    if status is not None:
        statement = statement.where(col(Delivery.status) == status)
    return await paginate(db, statement, page, keys=[col(Delivery.id)], read=DeliveryRead.of, newest_first=True)


@router.get("/deliveries/{delivery_id}")
async def read_delivery(delivery_id: UUID, user: Subscriber, db: Transaction) -> DeliveryWithAttempts:
    """One delivery with the log of its tries."""
    delivery, _ = await get_delivery(db, delivery_id, user)
    tries = await db.scalars(
        select(Attempt).where(col(Attempt.delivery_id) == delivery_id).order_by(col(Attempt.number))
    )
    return DeliveryWithAttempts(
        **DeliveryRead.of(delivery).model_dump(), attempts_log=[AttemptRead.of(attempt) for attempt in tries]
    )


@router.post("/deliveries/{delivery_id}:retry")
async def retry_delivery(delivery_id: UUID, user: Subscriber, db: Transaction) -> DeliveryRead:
    """Send again now what has not arrived, whether it still waits or was given up."""
    delivery, subscription = await get_delivery(db, delivery_id, user, lock=True)
    subscription.must_be_active()
    delivery.retry()
    after_commit(db, deliveries_due)
    return DeliveryRead.of(delivery)


async def get_delivery(
    db: AsyncSession, delivery_id: UUID, user: User, *, lock: bool = False
) -> tuple[Delivery, Subscription]:
    """A delivery of one of the caller's subscriptions. Raises NotFound, also for somebody else's."""
    statement = (
        select(Delivery, Subscription)
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
        .where(col(Delivery.id) == delivery_id)
    )
    row = (await db.execute(statement.with_for_update(of=Delivery) if lock else statement)).one_or_none()
    if row is None or not row.Subscription.is_reachable_by(user):
        raise delivery_not_found()
    return row.Delivery, row.Subscription
