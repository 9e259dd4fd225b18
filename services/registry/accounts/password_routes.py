"""Passwords: changing one's own, and giving somebody else a temporary one."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import SecretStr

from services.registry.accounts.models import Account
from services.registry.accounts.queries import get_account, must_be_another, must_manage
from services.registry.accounts.schemas import OwnPassword, PasswordReset, must_not_name
from services.registry.accounts.telling import tell_access
from services.registry.audit.queries import record
from services.registry.tokens import passwords, throttle
from services.registry.tokens.refresh import revoke_sign_ins
from shared.auth.permissions import Permission
from shared.auth.user import Requires, SignedIn, User
from shared.db import Database, Transaction
from shared.errors import Conflict, Invalid
from shared.etag import set_etag
from shared.idempotency import keep_instead
from shared.routing import Router
from shared.runtime import Runtime

AccountWriter = Annotated[User, Depends(Requires(Permission.ACCOUNT_WRITE))]
TEMPORARY = timedelta(days=3)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another when it is read out."""

router = Router(prefix="/accounts", tags=["accounts"])


@router.post("/me:change-password", status_code=204)
async def change_own_password(body: OwnPassword, user: SignedIn, request: Request) -> None:
    """Replace one's own password, temporary or not; every other sign-in of the account ends.

    Access tokens had before hold no longer, this request's among them: fetch a new one with the refresh token. Wrong
    old passwords count as failed sign-ins do: 429 with Retry-After.
    """
    runtime: Runtime = request.app.state.runtime
    database = runtime.database
    before = await _check_old(database, runtime.settings.secret_key, user, body)
    hashed = await passwords.make_hash(body.new_password.get_secret_value())
    async with database.transaction() as db:
        account = await get_account(db, user.id, lock=True)
        if account.password_hash != before or not account.password_holds():
            raise Conflict(
                "password_changed",
                en="The password was changed meanwhile. Sign in again.",
                km="ពាក្យសម្ងាត់ត្រូវបានប្ដូររួចហើយ។ សូមចូលប្រើប្រាស់ម្ដងទៀត។",
            )
        account.set_password(hashed)
        await revoke_sign_ins(db, account.id, keep=user.sign_in_id)
        record(db, "account", account.id, "password_changed", by=user.id)
        await tell_access(db, account, revoke=True)


@router.post("/{account_id}:reset-password")
async def reset_password(
    account_id: UUID, user: AccountWriter, db: Transaction, request: Request, response: Response
) -> PasswordReset:
    """Give a person a temporary password, made here and shown this once; every sign-in of the account ends.

    It signs in for three days, and with it the account may do nothing but replace it (`/accounts/me:change-password`).
    For those who may give all that the account holds.
    """
    must_be_another(user, account_id)
    account = await get_account(db, account_id, lock=True)
    must_manage(user, account)
    account.must_be_enabled()
    _username(account)
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    holds_until = datetime.now(UTC) + TEMPORARY
    account.set_password(await passwords.make_hash(password), temporary_until=holds_until)
    await revoke_sign_ins(db, account.id)
    record(db, "account", account.id, "password_reset", by=user.id)
    await tell_access(db, account, revoke=True)
    keep_instead(request, PasswordReset.with_password(account, None, holds_until).model_dump_json().encode())
    response.headers["Cache-Control"] = "no-store"
    set_etag(response, account.version)
    return PasswordReset.with_password(account, password, holds_until)


async def _check_old(database: Database, secret: SecretStr, user: User, body: OwnPassword) -> str | None:
    """The stored form of the old password. Raises Invalid when it is wrong, or the new one is no good."""
    async with passwords.turns.one():
        async with database.transaction() as db:
            account = await get_account(db, user.id)
            username = _username(account)
            _must_be_good(body.new_password, body.old_password, username)
            await throttle.must_not_wait(db, username, secret)
        right = await passwords.matches(account.password_hash, body.old_password.get_secret_value())
        async with database.transaction() as db:
            if right:
                await throttle.forget_failures(db, username, secret)
                return account.password_hash
            await throttle.count_failure(db, username, secret)
    raise Invalid.field(
        "/old_password",
        "old_password_wrong",
        en="The old password is not right.",
        km="ពាក្យសម្ងាត់ចាស់មិនត្រឹមត្រូវ។",
    )


def _username(account: Account) -> str:
    if account.username is None:
        raise Conflict(
            "no_password",
            en="This account has no username and password.",
            km="គណនីនេះមិនមានឈ្មោះគណនី និងពាក្យសម្ងាត់ទេ។",
        )
    return account.username


def _must_be_good(new: SecretStr, old: SecretStr, username: str) -> None:
    must_not_name(username, new, pointer="/new_password")
    if new.get_secret_value() == old.get_secret_value():
        raise Invalid.field(
            "/new_password",
            "same_password",
            en="The new password is the old one.",
            km="ពាក្យសម្ងាត់ថ្មីដូចពាក្យសម្ងាត់ចាស់។",
        )
