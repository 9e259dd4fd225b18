"""Making accounts: the same for the API and for the command line."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account, normal_username
from services.registry.accounts.telling import tell_access
from services.registry.audit.queries import record
from services.registry.external_identities.queries import list_identities, unlink
from services.registry.phones import masked_phone
from services.registry.tokens import passwords
from services.registry.tokens.refresh import revoke_sign_ins
from shared.auth.user import Grant
from shared.errors import Conflict


async def make_person(
    db: AsyncSession,
    username: str,
    password: str,
    display_name: str,
    grants: Sequence[Grant],
    *,
    by: UUID | None,
    phone: str | None = None,
) -> Account:
    """Make the account of a person with a password. Raises Conflict when the username or the phone is taken."""
    username = normal_username(username)
    if await db.scalar(select(exists().where(col(Account.username) == username))):
        raise Conflict(
            "username_taken", en=f"The username {username} is taken.", km=f"ឈ្មោះគណនី {username} ត្រូវបានប្រើរួចហើយ។"
        )
    if phone is not None:
        await must_be_free(db, phone)
    hashed = await passwords.make_hash(password)
    account = Account(kind="person", username=username, password_hash=hashed, display_name=display_name, phone=phone)
    await _store(db, account, grants, by=by)
    return account


async def make_person_with_phone(
    db: AsyncSession, phone: str, display_name: str, grants: Sequence[Grant], *, by: UUID | None
) -> Account:
    """Make the account of a person who signs in by phone alone.

    Somebody who has signed in as a citizen before keeps that account and gets the grants there, and proves anew to hold
    the phone: whoever had it before, or for a moment, may have stayed signed in or linked another identity. Raises
    Conflict when the phone belongs to an account that holds grants, has a password or is disabled.
    """
    citizen = await db.scalar(select(Account).where(col(Account.phone) == phone).with_for_update())
    if citizen is None:
        account = Account(kind="person", phone=phone, display_name=display_name)
        await _store(db, account, grants, by=by)
        return account
    if citizen.grants or citizen.username or citizen.disabled:
        raise phone_taken()
    await _leave_the_phone_alone(db, citizen, by=by)
    citizen.display_name = display_name
    _give_all(db, citizen, grants, by=by)
    await db.flush()
    return citizen


async def _leave_the_phone_alone(db: AsyncSession, citizen: Account, *, by: UUID | None) -> None:
    """End what was begun with the account so far: the phone is the only way in that an official knows of."""
    for identity in await list_identities(db, citizen.id):
        await unlink(db, citizen, identity.id, by=by)
    await revoke_sign_ins(db, citizen.id)
    record(db, "account", citizen.id, "sign_ins_ended", by=by)
    await tell_access(db, citizen, revoke=True)


async def find_or_make_citizen(db: AsyncSession, phone: str, name: str | None) -> Account | None:
    """The account of whoever has just proven to hold a phone; a new one holds no grant.

    It is kept as it is until the commit. None when it has just been given another phone.
    """
    values = {"kind": "person", "phone": phone, "display_name": name or masked_phone(phone), "version": 1}
    statement = insert(Account).values(**values).on_conflict_do_nothing(index_elements=["phone"])
    made = await db.scalar(statement.returning(col(Account.id)))
    if made is not None:
        record(db, "account", made, "created", by=made)
    found: Account | None = await db.scalar(
        select(Account).where(col(Account.phone) == phone).with_for_update(read=True)
    )
    return found


async def must_be_free(db: AsyncSession, phone: str) -> None:
    """Raise Conflict when somebody signs in with this phone."""
    if await db.scalar(select(exists().where(col(Account.phone) == phone))):
        raise phone_taken()


def phone_taken() -> Conflict:
    """The refusal of a phone that belongs to another account."""
    return Conflict(
        "phone_taken",
        en="This phone belongs to another account.",
        km="លេខទូរសព្ទនេះជារបស់គណនីផ្សេង។",
    )


async def make_client(
    db: AsyncSession, display_name: str, grants: Sequence[Grant], *, by: UUID | None
) -> tuple[Account, str]:
    """Make a system's account and the secret that is shown once."""
    account = Account(kind="client", client_id=f"client-{secrets.token_hex(8)}", display_name=display_name)
    secret = account.new_secret()
    await _store(db, account, grants, by=by)
    return account, secret


async def make_local_client(db: AsyncSession, client_id: str, display_name: str, grants: Sequence[Grant]) -> Account:
    """Make a client without a secret, in whose name the command line signs tokens."""
    account = Account(kind="client", client_id=client_id, display_name=display_name)
    await _store(db, account, grants, by=None)
    return account


async def _store(db: AsyncSession, account: Account, grants: Sequence[Grant], *, by: UUID | None) -> None:
    db.add(account)
    await db.flush()
    record(db, "account", account.id, "created", by=by)
    await db.refresh(account, ["grants"])
    _give_all(db, account, grants, by=by)
    account.version = 1
    await db.flush()


def _give_all(db: AsyncSession, account: Account, grants: Sequence[Grant], *, by: UUID | None) -> None:
    for grant in grants:
        account.give(grant)
        record(db, "account", account.id, "grant_given", by=by, grant=str(grant))
