"""Signing out, here and elsewhere."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import exists, func, select
from sqlmodel import col

from services.registry.accounts.queries import get_account
from services.registry.accounts.telling import tell_access
from services.registry.audit.queries import record
from services.registry.sessions.schemas import SessionRead, SignOutInput
from services.registry.tokens import refresh
from services.registry.tokens.models import RefreshToken, SignIn
from shared.auth.user import SignedIn
from shared.db import Transaction
from shared.errors import NotFound
from shared.paging import Page, Paging, paginate
from shared.routing import Router

router = Router(tags=["tokens"])


@router.post("/sign-out", status_code=204)
async def sign_out(body: SignOutInput, request: Request) -> None:
    """End this sign-in, by its refresh token; its access token holds no longer within a minute.

    The answer is the same for a token that is not known or has ended: signing out twice is no mistake.
    """
    async with request.app.state.runtime.database.transaction() as db:
        await refresh.sign_out(db, body.refresh_token.get_secret_value())


@router.get("/sessions")
async def list_sessions(user: SignedIn, db: Transaction, page: Paging) -> Page[SessionRead]:
    """The caller's own sign-ins that go on, newest first."""
    alive = exists().where(col(RefreshToken.sign_in_id) == col(SignIn.id), col(RefreshToken.expires_at) > func.now())
    statement = select(SignIn).where(col(SignIn.account_id) == user.id, col(SignIn.revoked_at).is_(None), alive)
    return await paginate(
        db,
        statement,
        page,
        keys=[col(SignIn.id)],
        read=lambda sign_in: SessionRead.of(sign_in, user.sign_in_id),
        newest_first=True,
    )


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, user: SignedIn, db: Transaction) -> None:
    """End one of the caller's own sign-ins, such as that of a lost phone.

    All access tokens had before hold no longer; the other sign-ins go on with the next that they fetch.
    """
    account = await get_account(db, user.id, lock=True)
    sign_in = await db.get(SignIn, session_id, with_for_update=True)
    if sign_in is None or sign_in.account_id != account.id or sign_in.revoked_at is not None:
        raise NotFound("session_not_found", en="You have no such sign-in.", km="រកមិនឃើញការចូលប្រើនេះទេ។")
    await refresh.end_sign_in(db, account, sign_in, by=user.id)


@router.delete("/sessions", status_code=204)
async def end_all_sessions(user: SignedIn, db: Transaction) -> None:
    """End all of the caller's own sign-ins, this one too."""
    account = await get_account(db, user.id, lock=True)
    await refresh.revoke_sign_ins(db, account.id)
    record(db, "account", account.id, "sign_ins_ended", by=user.id)
    await tell_access(db, account, revoke=True)
