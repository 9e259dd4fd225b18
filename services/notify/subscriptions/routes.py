"""Partners order events for an area, change their orders, and end them."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.notify.areas import Area
from services.notify.deliveries.signing import new_secret
from services.notify.subscriptions.event_types import checked
from services.notify.subscriptions.models import MAXIMUM_PER_ACCOUNT, Subscription, operates, subscription_not_found
from services.notify.subscriptions.schemas import (
    SubscriptionChange,
    SubscriptionCreate,
    SubscriptionCreated,
    SubscriptionRead,
)
from services.notify.subscriptions.secrets import webhook_sealer
from services.notify.subscriptions.urls import UrlRule
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.crypto import Sealer
from shared.db import Transaction
from shared.errors import Conflict
from shared.etag import Matching, set_etag
from shared.idempotency import keep_instead
from shared.paging import Page, Paging, paginate
from shared.registry_copy import must_be_areas
from shared.routing import Router

router = Router(prefix="/subscriptions", tags=["subscriptions"])

Subscriber = Annotated[User, Depends(Requires(Permission.SUBSCRIPTION_WRITE))]

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('subscriptions of ' || :account_id, 0))")


async def url_rule(request: Request) -> UrlRule:
    """The rule for URLs in this installation."""
    return UrlRule(strict=request.app.state.runtime.settings.environment == "production")


async def sealer(request: Request) -> Sealer:
    """What seals secrets in this installation."""
    return webhook_sealer(request.app.state.runtime.settings)


Urls = Annotated[UrlRule, Depends(url_rule)]
Secrets = Annotated[Sealer, Depends(sealer)]


@router.post("", status_code=201)
async def create_subscription(
    body: SubscriptionCreate,
    user: Subscriber,
    db: Transaction,
    urls: Urls,
    secrets: Secrets,
    request: Request,
    response: Response,
) -> SubscriptionCreated:
    """Order events of an area that your role reaches. The answer shows the signing secret, this once."""
    user.must_cover(body.area_code)
    event_types, url = checked(body.event_types), urls.must_hold(body.url)
    await must_be_areas(db, Area, [body.area_code], pointer="/area_code")
    await must_have_room(db, user.id)
    secret = new_secret()
    subscription = Subscription(
        account_id=user.id,
        url=url,
        event_types=event_types,
        area_code=body.area_code,
        description=body.description,
        secret=secrets.seal(secret.encode()),
    )
    db.add(subscription)
    await db.flush()
    response.headers["Location"] = f"/api/notify/v1/subscriptions/{subscription.id}"
    return show_once(subscription, secret, request, response)


@router.get("")
async def list_subscriptions(user: Subscriber, db: Transaction, page: Paging) -> Page[SubscriptionRead]:
    """Your subscriptions; an operator of the whole country sees everybody's."""
    statement = select(Subscription)
    if not operates(user, ""):
        statement = statement.where(col(Subscription.account_id) == user.id)
    return await paginate(db, statement, page, keys=[col(Subscription.id)], read=SubscriptionRead.of)


@router.get("/{subscription_id}")
async def read_subscription(
    subscription_id: UUID, user: Subscriber, db: Transaction, response: Response
) -> SubscriptionRead:
    """One subscription, with its ETag."""
    subscription = await get_subscription(db, subscription_id, user)
    set_etag(response, subscription.version)
    return SubscriptionRead.of(subscription)


@router.patch("/{subscription_id}")
async def change_subscription(
    subscription_id: UUID,
    body: SubscriptionChange,
    user: Subscriber,
    db: Transaction,
    urls: Urls,
    if_match: Matching,
    response: Response,
) -> SubscriptionRead:
    """Change where events go or which, stop, or resume: what was still under way goes on then."""
    subscription = await get_subscription(db, subscription_id, user, lock=True)
    if_match.must_match(subscription.version)
    subscription.change(
        url=None if body.url is None else urls.must_hold(body.url),
        event_types=None if body.event_types is None else checked(body.event_types),
        description=body.description,
        active=body.active,
    )
    set_etag(response, subscription.version)
    return SubscriptionRead.of(subscription)


@router.post("/{subscription_id}:rotate-secret")
async def rotate_secret(
    subscription_id: UUID, user: Subscriber, db: Transaction, secrets: Secrets, request: Request, response: Response
) -> SubscriptionCreated:
    """Replace the signing secret; for 24 hours calls are signed with both, separated by a space."""
    subscription = await get_subscription(db, subscription_id, user, lock=True)
    secret = new_secret()
    subscription.rotate_secret(secrets.seal(secret.encode()), datetime.now(UTC))
    return show_once(subscription, secret, request, response)


@router.delete("/{subscription_id}", status_code=204)
async def delete_subscription(subscription_id: UUID, user: Subscriber, db: Transaction) -> None:
    """End a subscription; its deliveries and their log go with it."""
    await db.delete(await get_subscription(db, subscription_id, user, lock=True))


def show_once(subscription: Subscription, secret: str, request: Request, response: Response) -> SubscriptionCreated:
    """The answer with the secret; what is kept for a repeated request has none."""
    keep_instead(request, SubscriptionCreated.with_secret(subscription, None).model_dump_json().encode())
    response.headers["Cache-Control"] = "no-store"
    set_etag(response, subscription.version)
    return SubscriptionCreated.with_secret(subscription, secret)


async def get_subscription(db: AsyncSession, subscription_id: UUID, user: User, *, lock: bool = False) -> Subscription:
    """The caller's subscription. Raises NotFound, also for somebody else's."""
    statement = select(Subscription).where(col(Subscription.id) == subscription_id)
    subscription: Subscription | None = await db.scalar(statement.with_for_update() if lock else statement)
    if subscription is None or not subscription.is_reachable_by(user):
        raise subscription_not_found()
    return subscription


async def must_have_room(db: AsyncSession, account_id: UUID) -> None:
    """Raise Conflict when the account has as many subscriptions as it may."""
    await db.execute(ONE_AT_A_TIME, {"account_id": str(account_id)})
    count = await db.scalar(select(func.count()).where(col(Subscription.account_id) == account_id))
    if (count or 0) >= MAXIMUM_PER_ACCOUNT:
        raise Conflict(
            "too_many_subscriptions",
            en=f"An account has at most {MAXIMUM_PER_ACCOUNT} subscriptions. Delete one, or widen one.",
            km=f"គណនីមួយមានការជាវយ៉ាងច្រើន {MAXIMUM_PER_ACCOUNT}។ សូមលុបមួយ ឬពង្រីកមួយ។",
        )
