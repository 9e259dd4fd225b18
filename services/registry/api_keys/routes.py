"""API keys of systems: made, listed and withdrawn by those who may manage the account."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.accounts.queries import get_account, must_be_another, must_manage
from services.registry.accounts.telling import tell_access
from services.registry.api_keys.models import MAXIMUM_KEYS, ApiKey
from services.registry.api_keys.schemas import ApiKeyCreated, ApiKeyInput, ApiKeyRead
from services.registry.audit.queries import record
from shared.auth.api_keys import make_key
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.idempotency import keep_instead
from shared.paging import Page, Paging, paginate
from shared.routing import Router

AccountWriter = Annotated[User, Depends(Requires(Permission.ACCOUNT_WRITE))]

router = Router(prefix="/accounts/{account_id}/api-keys", tags=["api keys"])


@router.post("", status_code=201)
async def create_api_key(
    account_id: UUID, body: ApiKeyInput, user: AccountWriter, db: Transaction, request: Request, response: Response
) -> ApiKeyCreated:
    """Make a key for a system's account, for those who may give all that the account holds.

    Every service takes it as `Authorization: Bearer isaf_…` or `X-API-Key: isaf_…`, never in an address. It is in this
    answer and nowhere else: the answer to a repeat with the same Idempotency-Key lacks it.
    """
    account = await _managed(db, account_id, user)
    account.must_be_enabled()
    if account.kind != "client":
        raise Conflict("not_a_client", en="Only a system has API keys.", km="មានតែប្រព័ន្ធប៉ុណ្ណោះដែលមានសោ API។")
    body.must_lie_ahead()
    await _must_have_room(db, account)
    key = make_key()
    stored = ApiKey.made_of(key, account, body.name, body.chosen_of(account), body.expires_at)
    db.add(stored)
    await db.flush()
    await db.refresh(stored)
    grants = " ".join(str(grant.as_grant()) for grant in stored.grants_of(account))
    record(db, "account", account.id, "api_key_made", by=user.id, key=str(stored.id), grants=grants)
    await tell_access(db, account)
    keep_instead(request, ApiKeyCreated.with_key(stored, account, None).model_dump_json().encode())
    response.headers["Cache-Control"] = "no-store"
    return ApiKeyCreated.with_key(stored, account, key)


@router.get("")
async def list_api_keys(account_id: UUID, user: AccountWriter, db: Transaction, page: Paging) -> Page[ApiKeyRead]:
    """The account's keys, oldest first, those that hold no longer among them."""
    account = await get_account(db, account_id)
    must_manage(user, account)
    statement = select(ApiKey).where(col(ApiKey.account_id) == account.id)
    return await paginate(db, statement, page, keys=[col(ApiKey.id)], read=lambda key: ApiKeyRead.of(key, account))


@router.post("/{key_id}:withdraw")
async def withdraw_api_key(account_id: UUID, key_id: UUID, user: AccountWriter, db: Transaction) -> ApiKeyRead:
    """End a key for good; within a minute no service takes it."""
    account = await _managed(db, account_id, user)
    key = await db.get(ApiKey, key_id)
    if key is None or key.account_id != account.id:
        raise NotFound("api_key_not_found", en="The account has no such API key.", km="គណនីនេះគ្មានសោ API នេះទេ។")
    key.withdraw()
    record(db, "account", account.id, "api_key_withdrawn", by=user.id, key=str(key.id))
    await tell_access(db, account)
    return ApiKeyRead.of(key, account)


async def _managed(db: AsyncSession, account_id: UUID, user: User) -> Account:
    """The account, locked, when the caller may manage it; a system makes itself no keys that outlive its own."""
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    return account


async def _must_have_room(db: AsyncSession, account: Account) -> None:
    held = await db.scalar(
        select(func.count()).where(col(ApiKey.account_id) == account.id, col(ApiKey.withdrawn_at).is_(None))
    )
    if (held or 0) >= MAXIMUM_KEYS:
        raise Conflict(
            "too_many_api_keys",
            en=f"An account has at most {MAXIMUM_KEYS} API keys; withdraw one that is not used.",
            km=f"គណនីមួយអាចមានសោ API ច្រើនបំផុត {MAXIMUM_KEYS}។ សូមដកហូតសោដែលមិនប្រើ។",
        )
