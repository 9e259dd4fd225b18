"""Accounts and grants, given and taken by those whose area covers them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlmodel import col

from services.registry.accounts.delegation import must_give
from services.registry.accounts.making import make_client, make_person, make_person_with_phone, must_be_free
from services.registry.accounts.models import Account
from services.registry.accounts.queries import (
    account_not_found,
    get_account,
    hold_places,
    is_within_reach,
    must_be_another,
    must_be_grantable,
    must_manage,
    within_reach,
)
from services.registry.accounts.schemas import AccountChange, AccountCreated, AccountInput, AccountRead, GrantInput
from services.registry.accounts.telling import tell_access
from services.registry.audit.queries import record
from services.registry.tokens.refresh import revoke_sign_ins
from shared.auth.permissions import Permission
from shared.auth.user import Requires, SignedIn, User
from shared.db import Transaction
from shared.errors import Conflict, NotFound
from shared.etag import Matching, set_etag
from shared.idempotency import keep_instead
from shared.paging import Page, Paging, paginate
from shared.routing import Router

AccountWriter = Annotated[User, Depends(Requires(Permission.ACCOUNT_WRITE))]

router = Router(prefix="/accounts", tags=["accounts"])


@router.get("")
async def list_accounts(user: AccountWriter, db: Transaction, page: Paging) -> Page[AccountRead]:
    """The accounts that hold a grant within the reader's areas, oldest first."""
    return await paginate(db, within_reach(user), page, keys=[col(Account.id)], read=AccountRead.of)


@router.get("/me")
async def read_own_account(user: SignedIn, db: Transaction) -> AccountRead:
    """The caller's own account."""
    return AccountRead.of(await get_account(db, user.id), own=True)


@router.get("/{account_id}")
async def read_account(account_id: UUID, user: AccountWriter, db: Transaction, response: Response) -> AccountRead:
    """One account."""
    account = await get_account(db, account_id)
    if not is_within_reach(user, account):
        raise account_not_found()
    set_etag(response, account.version)
    return AccountRead.of(account)


@router.post("", status_code=201)
async def create_account(
    body: AccountInput, user: AccountWriter, db: Transaction, request: Request, response: Response
) -> AccountCreated:
    """Make an account with its first grants, none of which may exceed the giver's own reach.

    A phone that has signed in as a citizen before, and holds nothing yet, keeps its account and gets the grants there.
    A client's secret is in this answer and nowhere else: the answer to a repeat with the same Idempotency-Key lacks it.
    """
    for grant in body.grants:
        must_give(user, grant.as_grant())
    body.must_be_whole()
    grants = [grant.as_grant() for grant in body.grants]
    await hold_places(db, grants)
    for position, held in enumerate(grants):
        await must_be_grantable(db, held, pointer=f"/grants/{position}")
    secret = None
    if body.kind == "client":
        account, secret = await make_client(db, body.display_name, grants, by=user.id)
        keep_instead(request, AccountCreated.with_secret(account, None).model_dump_json().encode())
    elif body.username is not None and body.password is not None:
        password = body.password.get_secret_value()
        account = await make_person(
            db, body.username, password, body.display_name, grants, by=user.id, phone=body.phone
        )
    else:
        assert body.phone is not None
        account = await make_person_with_phone(db, body.phone, body.display_name, grants, by=user.id)
    response.headers["Cache-Control"] = "no-store"
    set_etag(response, account.version)
    return AccountCreated.with_secret(account, secret)


@router.post("/{account_id}:rotate-secret")
async def rotate_client_secret(
    account_id: UUID, user: AccountWriter, db: Transaction, request: Request, response: Response
) -> AccountCreated:
    """Give a client a new secret, shown this once; the old one holds no longer. For those who may give all it holds.

    Not for the client itself: who got hold of one of its API keys would have a secret that outlives the key.
    """
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    account.must_be_enabled()
    if account.kind != "client":
        raise Conflict("not_a_client", en="Only a client has a secret.", km="មានតែប្រព័ន្ធប៉ុណ្ណោះដែលមានលេខសម្ងាត់។")
    secret = account.new_secret()
    account.version += 1
    record(db, "account", account.id, "secret_replaced", by=user.id)
    await tell_access(db, account, revoke=True)
    keep_instead(request, AccountCreated.with_secret(account, None).model_dump_json().encode())
    response.headers["Cache-Control"] = "no-store"
    return AccountCreated.with_secret(account, secret)


@router.post("/{account_id}/grants", status_code=201)
async def give_grant(
    account_id: UUID, body: GrantInput, user: AccountWriter, db: Transaction, response: Response
) -> AccountRead:
    """Give an account another role; it is in the tokens issued from now on."""
    grant = body.as_grant()
    must_give(user, grant)
    must_be_another(user, account_id)
    await hold_places(db, [grant])
    await must_be_grantable(db, grant, pointer="")
    account = await get_account(db, account_id, lock=True)
    account.give(grant)
    record(db, "account", account.id, "grant_given", by=user.id, grant=str(grant))
    await db.flush()
    if account.kind == "client":
        await tell_access(db, account)
    set_etag(response, account.version)
    return AccountRead.of(account)


@router.delete("/{account_id}/grants/{grant_id}", status_code=204)
async def take_grant(account_id: UUID, grant_id: UUID, user: AccountWriter, db: Transaction) -> None:
    """Take a role from an account; the tokens that carry it hold no longer."""
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    held = next((grant for grant in account.grants if grant.id == grant_id), None)
    if held is None:
        raise NotFound("grant_not_found", en="The account holds no such grant.", km="គណនីនេះគ្មានសិទ្ធិនេះទេ។")
    must_give(user, held.as_grant())
    account.take(held)
    record(db, "account", account.id, "grant_taken", by=user.id, grant=str(held.as_grant()))
    await tell_access(db, account, revoke=True)


@router.post("/{account_id}:disable")
async def disable_account(account_id: UUID, user: AccountWriter, db: Transaction, response: Response) -> AccountRead:
    """Shut an account: it can no longer sign in, and its tokens and keys hold no longer within a minute.

    For those who may give all that it holds.
    """
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    account.disable()
    await revoke_sign_ins(db, account.id)
    record(db, "account", account.id, "disabled", by=user.id)
    await tell_access(db, account, revoke=True)
    set_etag(response, account.version)
    return AccountRead.of(account)


@router.post("/{account_id}:enable")
async def enable_account(account_id: UUID, user: AccountWriter, db: Transaction, response: Response) -> AccountRead:
    """Open a disabled account again with the grants it holds; everybody signs in anew, its API keys hold again.

    For those who may give all that it holds.
    """
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    account.enable()
    record(db, "account", account.id, "enabled", by=user.id)
    await tell_access(db, account)
    set_etag(response, account.version)
    return AccountRead.of(account)


@router.patch("/{account_id}")
async def change_account(
    account_id: UUID, body: AccountChange, user: AccountWriter, if_match: Matching, db: Transaction, response: Response
) -> AccountRead:
    """Change an account's name or phone, for those who may give all that it holds.

    Another phone is another way in: whoever is signed in has to sign in anew.
    """
    body.must_change_something()
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    if_match.must_match(account.version)
    if "phone" in body.model_fields_set and body.phone != account.phone:
        account.must_allow_phone(body.phone)
        if body.phone is not None:
            await must_be_free(db, body.phone)
        account.phone = body.phone
        await revoke_sign_ins(db, account.id)
        await tell_access(db, account, revoke=True)
    if body.display_name is not None:
        account.display_name = body.display_name
        if account.kind == "client":
            await tell_access(db, account)
    account.version += 1
    record(db, "account", account.id, "changed", by=user.id, fields=", ".join(sorted(body.model_fields_set)))
    await db.flush()
    set_etag(response, account.version)
    return AccountRead.of(account)
