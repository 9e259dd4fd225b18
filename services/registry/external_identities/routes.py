"""Which issuers there are, and linking identities of theirs with accounts."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.registry.accounts.models import Account
from services.registry.accounts.queries import account_not_found, get_account, is_within_reach, must_manage
from services.registry.external_identities.issuers import issuers_of
from services.registry.external_identities.models import ExternalIdentity
from services.registry.external_identities.queries import link, list_identities, unlink, use_once
from services.registry.external_identities.refusals import NotAccepted
from services.registry.external_identities.schemas import (
    IdentitiesRead,
    IdentityInput,
    IdentityRead,
    IssuerRead,
    IssuersRead,
    OwnIdentityInput,
)
from services.registry.external_identities.verifying import verify
from shared.auth.permissions import Permission
from shared.auth.user import Requires, SignedIn, User
from shared.db import Transaction
from shared.errors import Forbidden, Invalid
from shared.routing import Router
from shared.runtime import Runtime

AccountWriter = Annotated[User, Depends(Requires(Permission.ACCOUNT_WRITE))]

router = Router(tags=["external identities"])
own = "/accounts/me/external-identities"
of_account = "/accounts/{account_id}/external-identities"


@router.get("/external-issuers")
async def list_external_issuers(request: Request) -> IssuersRead:
    """The other issuers at which people may sign in; their tokens are exchanged at POST /token."""
    runtime: Runtime = request.app.state.runtime
    return IssuersRead(items=[IssuerRead.of(issuer) for issuer in runtime.settings.oidc_issuers])


@router.get(own)
async def list_own_identities(user: SignedIn, db: Transaction) -> IdentitiesRead:
    """The caller's own identities at other issuers."""
    return _read(await list_identities(db, user.id))


@router.post(own, status_code=201)
async def link_own_identity(body: OwnIdentityInput, user: SignedIn, db: Transaction, request: Request) -> IdentityRead:
    """Link one's own identity at another issuer, proven by a token that it issued just now.

    Not with a temporary password, which a manager knows: the identity would outlive it.
    """
    try:
        token = await verify(
            issuers_of(request.app.state.runtime), body.subject_token, body.subject_token_type, nonce=body.nonce
        )
        account = await get_account(db, user.id, lock=True)
        _must_have_own_password(account)
        await use_once(db, token)
    except NotAccepted as refused:
        raise Invalid.field("/subject_token", refused.code, en=refused.en, km=refused.km) from refused
    return IdentityRead.of(await link(db, account, token.issuer, token.subject, by=user.id))


@router.delete(f"{own}/{{identity_id}}", status_code=204)
async def remove_own_identity(identity_id: UUID, user: SignedIn, db: Transaction) -> None:
    """Remove an identity of one's own; every sign-in of the account ends with it, this one too."""
    account = await get_account(db, user.id, lock=True)
    await unlink(db, account, identity_id, by=user.id)


@router.get(of_account)
async def list_account_identities(account_id: UUID, user: AccountWriter, db: Transaction) -> IdentitiesRead:
    """An account's identities at other issuers."""
    account = await get_account(db, account_id)
    if not is_within_reach(user, account):
        raise account_not_found()
    return _read(await list_identities(db, account.id))


@router.post(of_account, status_code=201)
async def link_account_identity(
    account_id: UUID, body: IdentityInput, user: AccountWriter, db: Transaction, request: Request
) -> IdentityRead:
    """Let a subject of another issuer sign in to an account. For those who may give all that the account holds."""
    account = await _managed(db, user, account_id)
    known = [issuer.issuer for issuer in request.app.state.runtime.settings.oidc_issuers]
    if body.issuer not in known:
        listed = ", ".join(known) or "-"
        raise Invalid.field(
            "/issuer",
            "issuer_unknown",
            en=f"This issuer is not configured here; configured: {listed}.",
            km=f"ស្ថាប័នចេញសំបុត្រនេះមិនទាន់បានកំណត់ក្នុងប្រព័ន្ធទេ។ ស្ថាប័នដែលមាន៖ {listed}។",
        )
    return IdentityRead.of(await link(db, account, body.issuer, body.subject, by=user.id))


@router.delete(f"{of_account}/{{identity_id}}", status_code=204)
async def remove_account_identity(account_id: UUID, identity_id: UUID, user: AccountWriter, db: Transaction) -> None:
    """Remove an identity from an account and end its sign-ins. For those who may give all that the account holds."""
    account = await _managed(db, user, account_id)
    await unlink(db, account, identity_id, by=user.id)


async def _managed(db: Transaction, user: User, account_id: UUID) -> Account:
    """An account under lock that the caller may manage, and that is not their own."""
    if user.id == account_id:
        raise Forbidden(
            "own_account",
            en="Link your own identity with a token of its issuer: /accounts/me/external-identities.",
            km="សូមភ្ជាប់អត្តសញ្ញាណរបស់ខ្លួនដោយប្រើសំបុត្រសម្គាល់ខ្លួន៖ /accounts/me/external-identities។",
        )
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    return account


def _must_have_own_password(account: Account) -> None:
    if account.must_replace_password:
        raise Forbidden(
            "password_change_required",
            en="Your password is a temporary one. Replace it first: /accounts/me:change-password.",
            km="ពាក្យសម្ងាត់របស់អ្នកជាពាក្យសម្ងាត់បណ្ដោះអាសន្ន។ សូមប្ដូរវាជាមុនសិន៖ /accounts/me:change-password។",
        )


def _read(identities: Sequence[ExternalIdentity]) -> IdentitiesRead:
    return IdentitiesRead(items=[IdentityRead.of(identity) for identity in identities])
